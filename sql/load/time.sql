-- One row per moment (UTC, to the millisecond) at which a play started.
-- Reads staging_events, time. Safe to rerun and in any order: a moment that is there already is left alone.
-- What is new is known before the first row is written: a scan of time must not meet the rows of its own INSERT, which
-- come in the order of the sort key.
-- Returns one row: how many rows it wrote, and how many of them the table did not have.
CREATE TEMP TABLE new_moments
DISTSTYLE ALL
AS
WITH staged AS (
    SELECT DISTINCT ts AS start_time
    FROM staging_events
    WHERE page = 'NextSong'
)

SELECT staged.start_time
FROM staged
LEFT JOIN time ON staged.start_time = time.start_time
WHERE time.start_time IS NULL;

INSERT INTO time (
    start_time,
    hour,
    day,
    week,
    month,
    year,
    weekday,
    batch_id
)
SELECT
    start_time,
    EXTRACT(HOUR FROM start_time) AS hour,
    EXTRACT(DAY FROM start_time) AS day,
    CAST(TO_CHAR(start_time, 'IW') AS INTEGER) AS week,
    EXTRACT(MONTH FROM start_time) AS month,
    EXTRACT(YEAR FROM start_time) AS year,
    EXTRACT(DOW FROM start_time) AS weekday,
    :batch_id AS batch_id
FROM new_moments
ORDER BY start_time;

SELECT
    COUNT(*) AS rows_written,
    COUNT(*) AS rows_added
FROM new_moments;
