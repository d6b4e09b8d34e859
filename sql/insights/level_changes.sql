-- One row per change of subscription, the latest first: who went from free to paid or back, and what preceded it?
-- Reads lake_events, songplays, time. A change is a page Submit Upgrade or Submit Downgrade that a user was shown.
-- Columns: changed_at is when; user_id, previous_level, level; what preceded it are all the user's plays before:
-- plays_before, sessions_before, plays_in_last_week, days_since_first_play, and the last of them, last_song_title by
-- last_artist_name.
-- :days = 28: the days up to the last play that are looked at for changes.
-- :places = 10: how many changes.
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
    ORDER BY changed_at DESC, user_id ASC, level DESC
    LIMIT :places
),

preceding AS (
    SELECT
        changes.user_id,
        changes.changed_at,
        changes.previous_level,
        changes.level,
        songplays.start_time,
        songplays.session_id,
        songplays.song_title,
        songplays.artist_name,
        ROW_NUMBER() OVER (
            PARTITION BY changes.user_id, changes.changed_at, changes.level
            ORDER BY songplays.start_time DESC, songplays.session_id DESC, songplays.item_in_session DESC
        ) AS place
    FROM changes
    LEFT JOIN songplays
        ON
            changes.user_id = songplays.user_id
            AND changes.changed_at > songplays.start_time
)

SELECT
    changed_at,
    user_id,
    previous_level,
    level,
    COUNT(start_time) AS plays_before,
    COUNT(DISTINCT session_id) AS sessions_before,
    COUNT(CASE WHEN start_time >= DATEADD(DAY, -7, changed_at) THEN 1 END) AS plays_in_last_week,
    DATEDIFF(DAY, MIN(start_time), changed_at) AS days_since_first_play,
    MAX(CASE WHEN place = 1 THEN song_title END) AS last_song_title,
    MAX(CASE WHEN place = 1 THEN artist_name END) AS last_artist_name
FROM preceding
GROUP BY changed_at, user_id, previous_level, level
ORDER BY changed_at DESC, user_id ASC, level DESC;
