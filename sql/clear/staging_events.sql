-- Empty staging_events for the next batch. This commits.
TRUNCATE staging_events;
