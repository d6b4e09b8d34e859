-- Empty staging tables for the next batch. This commits.
-- For each :staging:
TRUNCATE :staging;
-- End.
