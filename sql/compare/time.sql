-- One row per moment by which time differs from the plays of the lake, at most three of each kind: missing (of a play,
-- not in time) or surplus (in time, of no play); and how many moments there are of the kind. Reads whole tables.
-- That the parts of a moment are its own, and that it is there once, is held by the suite of time.
WITH plays AS (
    SELECT ts
    FROM :schema.lake_events
    WHERE page = 'NextSong'
),

differing AS (
    SELECT DISTINCT
        COALESCE(plays.ts, held.start_time) AS start_time,
        CASE WHEN held.start_time IS NULL THEN 'missing' ELSE 'surplus' END AS difference
    FROM plays
    FULL JOIN :schema.time AS held ON plays.ts = held.start_time
    WHERE plays.ts IS NULL OR held.start_time IS NULL
),

numbered AS (
    SELECT
        differing.*,
        ROW_NUMBER() OVER (PARTITION BY difference ORDER BY start_time) AS place,
        COUNT(*) OVER (PARTITION BY difference) AS differing_rows
    FROM differing
)

SELECT
    difference,
    differing_rows,
    start_time
FROM numbered
WHERE place <= 3
ORDER BY difference, place;
