-- One row per size of session: are there many short sessions or a few long ones?
-- Reads songplays, time. A session that was open when the days began counts from there.
-- Columns: least_songs is the size: 1, 2 to 4, 5 to 9, 10 to 19, 20 to 49, 50 songs and more; sessions; plays in them.
-- :days = 28: the days up to the last play that are looked at.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

sessions AS (
    SELECT
        songplays.user_id,
        songplays.session_id,
        COUNT(*) AS songs
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY songplays.user_id, songplays.session_id
),

sized AS (
    SELECT
        CASE
            WHEN songs = 1 THEN 1
            WHEN songs < 5 THEN 2
            WHEN songs < 10 THEN 5
            WHEN songs < 20 THEN 10
            WHEN songs < 50 THEN 20
            ELSE 50
        END AS least_songs,
        songs
    FROM sessions
)

SELECT
    least_songs,
    COUNT(*) AS sessions,
    SUM(songs) AS plays
FROM sized
GROUP BY least_songs
ORDER BY least_songs;
