-- One row per subscription level and place: which songs do free and paid listeners play most?
-- Reads songplays, time. A play counts under its own title and artist, whether the song is known or not.
-- Columns: level is the listener's at the time of the play; place counts from 1; song_title, artist_name, plays.
-- :days = 28: the days up to the last play that are looked at.
-- :places = 10: how many songs of each level.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

ranked AS (
    SELECT
        songplays.level,
        songplays.song_title,
        songplays.artist_name,
        COUNT(*) AS plays,
        ROW_NUMBER() OVER (
            PARTITION BY songplays.level
            ORDER BY COUNT(*) DESC, songplays.song_title ASC, songplays.artist_name ASC
        ) AS place
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY songplays.level, songplays.song_title, songplays.artist_name
)

SELECT
    level,
    place,
    song_title,
    artist_name,
    plays
FROM ranked
WHERE place <= :places
ORDER BY level, place;
