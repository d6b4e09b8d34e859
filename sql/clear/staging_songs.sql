-- Empty staging_songs for the next batch. This commits.
TRUNCATE staging_songs;
