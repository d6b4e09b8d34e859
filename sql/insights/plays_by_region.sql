-- One row per region, the most plays first: where do people listen?
-- Reads songplays, time. A location is a metropolitan area, such as Chicago-Naperville-Elgin, IL-IN-WI.
-- Columns: region is the first state named, or unknown; plays; listeners, of whom one who moves counts in each region;
-- share_of_plays, from 0 to 1.
-- :days = 28: the days up to the last play that are looked at.
-- :places = 10: how many regions.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

listened AS (
    SELECT
        songplays.location,
        songplays.user_id,
        COUNT(*) AS plays
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY songplays.location, songplays.user_id
),

placed AS (
    SELECT
        COALESCE(NULLIF(SPLIT_PART(SPLIT_PART(location, ', ', 2), '-', 1), ''), 'unknown') AS region,
        user_id,
        plays
    FROM listened
),

counted AS (
    SELECT
        region,
        SUM(plays) AS plays,
        COUNT(DISTINCT user_id) AS listeners
    FROM placed
    GROUP BY region
)

SELECT
    region,
    plays,
    listeners,
    CAST(plays AS DOUBLE PRECISION) / SUM(plays) OVER () AS share_of_plays
FROM counted
ORDER BY plays DESC, region ASC
LIMIT :places;
