-- One row per weekday, from Monday, and place: which songs are played most on which day of the week?
-- Reads songplays, time. A play counts under its own title and artist, whether the song is known or not.
-- Columns: weekday counts from 0 = Sunday; place counts from 1; song_title, artist_name, plays.
-- :days = 28: the days up to the last play that are looked at.
-- :places = 3: how many songs of each weekday.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

plays AS (
    SELECT
        EXTRACT(WEEKDAY FROM start_time) AS weekday,
        song_title,
        artist_name
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
),

ranked AS (
    SELECT
        weekday,
        song_title,
        artist_name,
        COUNT(*) AS plays,
        ROW_NUMBER() OVER (
            PARTITION BY weekday
            ORDER BY COUNT(*) DESC, song_title ASC, artist_name ASC
        ) AS place
    FROM plays
    GROUP BY weekday, song_title, artist_name
)

SELECT
    weekday,
    place,
    song_title,
    artist_name,
    plays
FROM ranked
WHERE place <= :places
ORDER BY MOD(weekday + 6, 7), place;
