-- One row per day on which a session began: how many sessions met an error?
-- Reads lake_events, time. A session that was open when the days began counts from there.
-- Columns: day_starts_at; sessions in which anything was requested; sessions_with_errors, those in which a request was
-- answered with a status of 400 or more; share_with_errors of the sessions, from 0 to 1.
-- :days = 28: the days up to the last play that are looked at.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

sessions AS (
    SELECT
        lake_events.sessionid,
        MIN(lake_events.ts) AS starts_at,
        MAX(CASE WHEN lake_events.status >= 400 THEN 1 ELSE 0 END) AS has_error
    FROM lake_events
    WHERE lake_events.ts >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY lake_events.sessionid
)

SELECT
    DATE_TRUNC('day', starts_at) AS day_starts_at,
    COUNT(*) AS sessions,
    SUM(has_error) AS sessions_with_errors,
    AVG(CAST(has_error AS DOUBLE PRECISION)) AS share_with_errors
FROM sessions
GROUP BY DATE_TRUNC('day', starts_at)
ORDER BY day_starts_at;
