-- One row per period and place: which artists are played most, day by day, week by week or over all days?
-- Reads songplays, time. A play counts under the artist that it was logged with, whether the song is known or not.
-- Columns: period_starts_at is the period's first day; place counts from 1; artist_name, plays.
-- :days = 28: the days up to the last play that are looked at.
-- :period = all, day or week: what artists are ranked in; weeks begin on Monday.
-- :places = 10: how many artists of each period.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

plays AS (
    SELECT
        CASE :period
            WHEN 'day' THEN DATE_TRUNC('day', start_time)
            WHEN 'week' THEN DATE_TRUNC('week', start_time)
            ELSE (SELECT first_day.starts_at FROM first_day)
        END AS period_starts_at,
        artist_name
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
),

ranked AS (
    SELECT
        period_starts_at,
        artist_name,
        COUNT(*) AS plays,
        ROW_NUMBER() OVER (PARTITION BY period_starts_at ORDER BY COUNT(*) DESC, artist_name ASC) AS place
    FROM plays
    GROUP BY period_starts_at, artist_name
)

SELECT
    period_starts_at,
    place,
    artist_name,
    plays
FROM ranked
WHERE place <= :places
ORDER BY period_starts_at, place;
