-- One row per day on which a session began: how many are there, how long, with how many songs?
-- Reads songplays, time. A session that was open when the days began counts from there.
-- Columns: day_starts_at; sessions; songs in them; songs_per_session, the mean; median_minutes from the start of a
-- session's first song to the end of its last.
-- :days = 28: the days up to the last play that are looked at.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

sessions AS (
    SELECT
        songplays.user_id,
        songplays.session_id,
        COUNT(*) AS songs,
        MIN(songplays.start_time) AS starts_at,
        MAX(songplays.start_time + songplays.song_duration * INTERVAL '1 second') AS ends_at
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY songplays.user_id, songplays.session_id
)

SELECT
    DATE_TRUNC('day', starts_at) AS day_starts_at,
    COUNT(*) AS sessions,
    SUM(songs) AS songs,
    AVG(CAST(songs AS DOUBLE PRECISION)) AS songs_per_session,
    MEDIAN(CAST(DATEDIFF(SECOND, starts_at, ends_at) AS DOUBLE PRECISION) / 60) AS median_minutes
FROM sessions
GROUP BY DATE_TRUNC('day', starts_at)
ORDER BY day_starts_at;
