-- One row per moment (UTC, to the millisecond) at which a play started.
-- Reads staging_events, time. Safe to rerun and in any order: a moment that is there already is left alone.
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
WITH staged AS (
    SELECT DISTINCT ts AS start_time
    FROM staging_events
    WHERE page = 'NextSong'
)

SELECT
    staged.start_time,
    EXTRACT(HOUR FROM staged.start_time) AS hour,
    EXTRACT(DAY FROM staged.start_time) AS day,
    CAST(TO_CHAR(staged.start_time, 'IW') AS INTEGER) AS week,
    EXTRACT(MONTH FROM staged.start_time) AS month,
    EXTRACT(YEAR FROM staged.start_time) AS year,
    EXTRACT(DOW FROM staged.start_time) AS weekday,
    :batch_id AS batch_id
FROM staged
LEFT JOIN time ON staged.start_time = time.start_time
WHERE time.start_time IS NULL;
