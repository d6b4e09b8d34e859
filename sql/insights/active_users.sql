-- One row per day, week (from Monday) and month: how many people listened, how many of them for the first time ever?
-- Reads songplays, time. The whole of the week and the month that the first of the days lies in is counted.
-- Columns: period is day, week or month, starts_at its first day; active_users played a song in it, new_users had never
-- played one before it, and returning_users are the others.
-- :days = 28: the days up to the last play that are looked at.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

days AS (
    SELECT DISTINCT
        user_id,
        DATE_TRUNC('day', start_time) AS starts_at
    FROM songplays
),

active AS (
    SELECT
        'day' AS period,
        user_id,
        starts_at
    FROM days
    UNION ALL
    SELECT DISTINCT
        'week' AS period,
        user_id,
        DATE_TRUNC('week', starts_at) AS starts_at
    FROM days
    UNION ALL
    SELECT DISTINCT
        'month' AS period,
        user_id,
        DATE_TRUNC('month', starts_at) AS starts_at
    FROM days
),

met AS (
    SELECT
        period,
        user_id,
        starts_at,
        MIN(starts_at) OVER (PARTITION BY period, user_id) AS first_starts_at
    FROM active
)

SELECT
    met.period,
    met.starts_at,
    COUNT(*) AS active_users,
    SUM(CASE WHEN met.starts_at = met.first_starts_at THEN 1 ELSE 0 END) AS new_users,
    SUM(CASE WHEN met.starts_at > met.first_starts_at THEN 1 ELSE 0 END) AS returning_users
FROM met
INNER JOIN first_day
    ON
        met.period = 'day' AND met.starts_at >= first_day.starts_at
        OR met.period = 'week' AND met.starts_at >= DATE_TRUNC('week', first_day.starts_at)
        OR met.period = 'month' AND met.starts_at >= DATE_TRUNC('month', first_day.starts_at)
GROUP BY met.period, met.starts_at
ORDER BY met.period, met.starts_at;
