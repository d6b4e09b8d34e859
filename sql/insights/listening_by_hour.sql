-- One row per weekday and hour (UTC) in which anybody listened: when do people listen?
-- Reads songplays, time. weekday counts from 0 = Sunday.
-- :days up to the last play are looked at; whole weeks compare weekdays fairly.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
)

SELECT
    time.weekday,
    time.hour,
    COUNT(*) AS plays
FROM songplays
INNER JOIN time ON songplays.start_time = time.start_time
WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
GROUP BY time.weekday, time.hour
ORDER BY time.weekday, time.hour;
