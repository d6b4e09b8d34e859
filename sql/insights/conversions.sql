-- One row per direction, free to paid and paid to free: how many changes of subscription were there, how soon?
-- Reads lake_events, songplays, time. A change is a page Submit Upgrade or Submit Downgrade that a user was shown; what
-- went before it are the user's plays up to it.
-- Columns: previous_level and level are those before and after; changes, and the users who made them; average_plays
-- before a change, and average_days from the user's first play to it, of those who had played.
-- :days = 28: the days up to the last play that are looked at for changes.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

changes AS (
    SELECT DISTINCT
        lake_events.userid AS user_id,
        lake_events.ts AS changed_at,
        CASE WHEN lake_events.page = 'Submit Upgrade' THEN 'free' ELSE 'paid' END AS previous_level,
        CASE WHEN lake_events.page = 'Submit Upgrade' THEN 'paid' ELSE 'free' END AS level
    FROM lake_events
    WHERE
        lake_events.page IN ('Submit Upgrade', 'Submit Downgrade')
        AND lake_events.userid IS NOT NULL
        AND lake_events.ts >= (SELECT first_day.starts_at FROM first_day)
),

preceded AS (
    SELECT
        changes.user_id,
        changes.changed_at,
        changes.previous_level,
        changes.level,
        COUNT(songplays.songplay_id) AS plays_before,
        MIN(songplays.start_time) AS first_played_at
    FROM changes
    LEFT JOIN songplays
        ON
            changes.user_id = songplays.user_id
            AND changes.changed_at > songplays.start_time
    GROUP BY changes.user_id, changes.changed_at, changes.previous_level, changes.level
)

SELECT
    previous_level,
    level,
    COUNT(*) AS changes,
    COUNT(DISTINCT user_id) AS users,
    AVG(CAST(plays_before AS DOUBLE PRECISION)) AS average_plays,
    AVG(CAST(DATEDIFF(DAY, first_played_at, changed_at) AS DOUBLE PRECISION)) AS average_days
FROM preceded
GROUP BY previous_level, level
ORDER BY previous_level;
