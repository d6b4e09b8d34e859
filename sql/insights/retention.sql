-- One row per week of first play and week from it on: how many of those who began to listen listen again?
-- Reads songplays, time. Weeks begin on Monday. A week in which nobody listened has no row.
-- Columns: first_week_starts_at is the Monday of the week in which listeners played their first song ever; weeks_after
-- it counts from 0, that week itself; listeners who began in it; active_listeners, those of them who played a song in
-- the week that is so many weeks after; share_active of the listeners, from 0 to 1.
-- :days = 56: the days up to the last play; the weeks of first play that they lie in are looked at.
WITH first_week AS (
    SELECT DATE_TRUNC('week', DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time)))) AS starts_at
    FROM time
),

active AS (
    SELECT DISTINCT
        user_id,
        DATE_TRUNC('week', start_time) AS week_starts_at
    FROM songplays
),

met AS (
    SELECT
        user_id,
        week_starts_at,
        MIN(week_starts_at) OVER (PARTITION BY user_id) AS first_week_starts_at
    FROM active
),

counted AS (
    SELECT
        met.first_week_starts_at,
        met.week_starts_at,
        COUNT(*) AS listeners
    FROM met
    INNER JOIN first_week ON met.first_week_starts_at >= first_week.starts_at
    GROUP BY met.first_week_starts_at, met.week_starts_at
),

weeks AS (
    SELECT DISTINCT week_starts_at
    FROM active
)

SELECT
    cohorts.first_week_starts_at,
    DATEDIFF(DAY, cohorts.first_week_starts_at, weeks.week_starts_at) / 7 AS weeks_after,
    cohorts.listeners,
    COALESCE(counted.listeners, 0) AS active_listeners,
    CAST(COALESCE(counted.listeners, 0) AS DOUBLE PRECISION) / cohorts.listeners AS share_active
FROM counted AS cohorts
INNER JOIN weeks ON cohorts.first_week_starts_at <= weeks.week_starts_at
LEFT JOIN counted
    ON
        cohorts.first_week_starts_at = counted.first_week_starts_at
        AND weeks.week_starts_at = counted.week_starts_at
WHERE cohorts.first_week_starts_at = cohorts.week_starts_at
ORDER BY cohorts.first_week_starts_at, weeks_after;
