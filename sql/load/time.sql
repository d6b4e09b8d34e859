-- time
-- One row per moment (UTC, to the millisecond) at which a play of the lake started.
-- Reads lake_events, leaving_events, time. A moment that is there already is left alone; one at which no play of the
-- lake starts any more is removed. All moments of the batch are from first_moment to last_moment, which are given so
-- that of the sorted table nothing else is read.
-- Returns one row: how many rows it wrote, how many of them the table did not have, and how many it removed.
CREATE TEMP TABLE written_time
DISTSTYLE ALL
AS
WITH arriving AS (
    SELECT DISTINCT ts AS start_time
    FROM lake_events
    WHERE page = 'NextSong' AND batch_id >= :from_batch_id
),

leaving AS (
    SELECT DISTINCT ts AS start_time
    FROM leaving_events
    WHERE page = 'NextSong'
),

remaining AS (
    SELECT DISTINCT leaving.start_time
    FROM leaving
    INNER JOIN lake_events ON leaving.start_time = lake_events.ts
    WHERE
        lake_events.page = 'NextSong'
        AND lake_events.ts BETWEEN :first_moment AND :last_moment
),

known AS (
    SELECT start_time
    FROM time
    WHERE start_time BETWEEN :first_moment AND :last_moment
),

moments AS (
    SELECT
        arriving.start_time,
        0 AS is_there,
        0 AS is_removed
    FROM arriving
    LEFT JOIN known ON arriving.start_time = known.start_time
    WHERE known.start_time IS NULL
    UNION ALL
    SELECT
        leaving.start_time,
        1 AS is_there,
        1 AS is_removed
    FROM leaving
    LEFT JOIN remaining ON leaving.start_time = remaining.start_time
    WHERE remaining.start_time IS NULL
)

SELECT
    start_time,
    EXTRACT(HOUR FROM start_time) AS hour,
    EXTRACT(DAY FROM start_time) AS day,
    CAST(TO_CHAR(start_time, 'IW') AS INTEGER) AS week,
    EXTRACT(MONTH FROM start_time) AS month,
    EXTRACT(YEAR FROM start_time) AS year,
    EXTRACT(DOW FROM start_time) AS weekday,
    is_there,
    is_removed
FROM moments;

DELETE FROM time
USING written_time
WHERE
    time.start_time = written_time.start_time
    AND time.start_time BETWEEN :first_moment AND :last_moment;

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
    hour,
    day,
    week,
    month,
    year,
    weekday,
    :batch_id AS batch_id
FROM written_time
WHERE is_removed = 0
ORDER BY start_time;

SELECT
    COUNT(CASE WHEN is_removed = 0 THEN 1 END) AS rows_written,
    COUNT(CASE WHEN is_removed = 0 THEN 1 END) AS rows_added,
    COUNT(CASE WHEN is_removed = 1 THEN 1 END) AS rows_removed
FROM written_time;
