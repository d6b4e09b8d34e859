-- One row per subscription level and place: which songs do free and paid listeners play most?
-- Reads songplays, time; level is the listener's at the time of the play. A play counts under its own title and artist.
-- :days up to the last play are looked at; :places is how many songs.
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
