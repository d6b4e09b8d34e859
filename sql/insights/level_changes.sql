-- One row per change of subscription, the latest first: who went from free to paid or back, and what preceded it?
-- Reads songplays, time. A change lies between two plays in a row of one user whose levels differ.
-- Columns: changed_at is the start of the first play on the new level; user_id, previous_level, level; what preceded it
-- are all the plays before: plays_before, sessions_before, plays_in_last_week, days_since_first_play, and the last of
-- them, last_song_title by last_artist_name.
-- :days = 28: the days up to the last play that are looked at for changes.
-- :places = 10: how many changes.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

changed_users AS (
    SELECT user_id
    FROM songplays
    GROUP BY user_id
    HAVING MIN(level) <> MAX(level)
),

plays AS (
    SELECT
        songplays.user_id,
        songplays.start_time,
        songplays.level,
        LAG(songplays.level) OVER (
            PARTITION BY songplays.user_id
            ORDER BY songplays.start_time, songplays.session_id, songplays.item_in_session
        ) AS previous_level
    FROM songplays
    INNER JOIN changed_users ON songplays.user_id = changed_users.user_id
),

changes AS (
    SELECT
        user_id,
        start_time AS changed_at,
        previous_level,
        level
    FROM plays
    WHERE
        previous_level <> level
        AND start_time >= (SELECT first_day.starts_at FROM first_day)
    ORDER BY start_time DESC, user_id ASC
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
            PARTITION BY changes.user_id, changes.changed_at
            ORDER BY songplays.start_time DESC, songplays.session_id DESC, songplays.item_in_session DESC
        ) AS place
    FROM changes
    INNER JOIN songplays
        ON
            changes.user_id = songplays.user_id
            AND changes.changed_at > songplays.start_time
)

SELECT
    changed_at,
    user_id,
    previous_level,
    level,
    COUNT(*) AS plays_before,
    COUNT(DISTINCT session_id) AS sessions_before,
    SUM(CASE WHEN start_time >= DATEADD(DAY, -7, changed_at) THEN 1 ELSE 0 END) AS plays_in_last_week,
    DATEDIFF(DAY, MIN(start_time), changed_at) AS days_since_first_play,
    MAX(CASE WHEN place = 1 THEN song_title END) AS last_song_title,
    MAX(CASE WHEN place = 1 THEN artist_name END) AS last_artist_name
FROM preceding
GROUP BY changed_at, user_id, previous_level, level
ORDER BY changed_at DESC, user_id ASC;
