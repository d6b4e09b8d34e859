-- One row per day with an event: how much of the app do people use besides the player, and what fails?
-- Reads lake_events, time. An event that several files hold counts once.
-- Columns: day_starts_at; sessions in which anything was requested; pages, every request of a page, plays among them;
-- pages_per_session, the mean; errors are requests that were answered with a status of 400 or more; logins.
-- :days = 28: the days up to the last play that are looked at.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

events AS (
    SELECT DISTINCT
        lake_events.sessionid,
        lake_events.iteminsession,
        lake_events.ts,
        lake_events.page,
        lake_events.status
    FROM lake_events
    WHERE lake_events.ts >= (SELECT first_day.starts_at FROM first_day)
)

SELECT
    DATE_TRUNC('day', ts) AS day_starts_at,
    COUNT(DISTINCT sessionid) AS sessions,
    COUNT(*) AS pages,
    COUNT(CASE WHEN page = 'NextSong' THEN 1 END) AS plays,
    CAST(COUNT(*) AS DOUBLE PRECISION) / COUNT(DISTINCT sessionid) AS pages_per_session,
    COUNT(CASE WHEN status >= 400 THEN 1 END) AS errors,
    COUNT(CASE WHEN page = 'Login' THEN 1 END) AS logins
FROM events
GROUP BY DATE_TRUNC('day', ts)
ORDER BY day_starts_at;
