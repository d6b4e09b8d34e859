-- Empty staging_songs for the next batch. DELETE, since TRUNCATE commits.
DELETE FROM staging_songs;
