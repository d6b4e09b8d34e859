-- One row per direction, free to paid and paid to free: how many changes of subscription were there, how soon?
-- Reads songplays, time. A change lies between two plays in a row of one user whose levels differ; what went before it
-- are the user's plays up to it.
-- Columns: previous_level and level are those before and after; changes, and the users who made them; average_plays
-- before a change, and average_days from the user's first play to it.
-- :days = 28: the days up to the last play that are looked at for changes.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

changed_users AS (
    SELECT
        user_id,
        MIN(start_time) AS first_played_at
    FROM songplays
    GROUP BY user_id
    HAVING MIN(level) <> MAX(level)
),

plays AS (
    SELECT
        songplays.user_id,
        songplays.start_time,
        songplays.level,
        changed_users.first_played_at,
        LAG(songplays.level) OVER (
            PARTITION BY songplays.user_id
            ORDER BY songplays.start_time, songplays.session_id, songplays.item_in_session
        ) AS previous_level,
        ROW_NUMBER() OVER (
            PARTITION BY songplays.user_id
            ORDER BY songplays.start_time, songplays.session_id, songplays.item_in_session
        ) - 1 AS plays_before
    FROM songplays
    INNER JOIN changed_users ON songplays.user_id = changed_users.user_id
)

SELECT
    previous_level,
    level,
    COUNT(*) AS changes,
    COUNT(DISTINCT user_id) AS users,
    AVG(CAST(plays_before AS DOUBLE PRECISION)) AS average_plays,
    AVG(CAST(DATEDIFF(DAY, first_played_at, start_time) AS DOUBLE PRECISION)) AS average_days
FROM plays
WHERE
    previous_level <> level
    AND start_time >= (SELECT first_day.starts_at FROM first_day)
GROUP BY previous_level, level
ORDER BY previous_level;
