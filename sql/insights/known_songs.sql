-- One row per day: how many plays are of a song that the catalogue knows?
-- Reads songplays, time. A song is known where title, artist and duration match one of songs exactly.
-- Columns: day_starts_at, plays, known_plays, and share_known of the plays, from 0 to 1.
-- :days = 28: the days up to the last play that are looked at.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

hours AS (
    SELECT
        DATE_TRUNC('hour', songplays.start_time) AS hour_starts_at,
        COUNT(*) AS plays,
        COUNT(songplays.song_id) AS known_plays
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY DATE_TRUNC('hour', songplays.start_time)
)

SELECT
    DATE_TRUNC('day', hour_starts_at) AS day_starts_at,
    SUM(plays) AS plays,
    SUM(known_plays) AS known_plays,
    CAST(SUM(known_plays) AS DOUBLE PRECISION) / SUM(plays) AS share_known
FROM hours
GROUP BY DATE_TRUNC('day', hour_starts_at)
ORDER BY day_starts_at;
