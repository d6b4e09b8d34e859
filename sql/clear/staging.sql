-- Empty staging tables for the next batch. This commits. What follows in the session, such as COPY of many files, may
-- take as long as staging may, 0 being for ever.
SET statement_timeout TO :limit_ms;

-- For each :staging:
TRUNCATE :staging;
-- End.
