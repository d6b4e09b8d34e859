-- Empty staging_events for the next batch. DELETE, since TRUNCATE commits.
DELETE FROM staging_events;
