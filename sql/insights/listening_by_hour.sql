-- One row per weekday, from Monday, and hour in which anybody listened: when do people listen?
-- Reads songplays, time.
-- Columns: weekday counts from 0 = Sunday; hour is from 0 to 23, in UTC; plays.
-- :days = 28: the days up to the last play that are looked at; whole weeks compare weekdays fairly.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

hours AS (
    SELECT
        DATE_TRUNC('hour', songplays.start_time) AS hour_starts_at,
        COUNT(*) AS plays
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY DATE_TRUNC('hour', songplays.start_time)
),

weekdays AS (
    SELECT
        EXTRACT(WEEKDAY FROM hour_starts_at) AS weekday,
        EXTRACT(HOUR FROM hour_starts_at) AS hour,
        SUM(plays) AS plays
    FROM hours
    GROUP BY EXTRACT(WEEKDAY FROM hour_starts_at), EXTRACT(HOUR FROM hour_starts_at)
)

SELECT
    weekday,
    hour,
    plays
FROM weekdays
ORDER BY MOD(weekday + 6, 7), hour;
