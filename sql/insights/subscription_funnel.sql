-- One row per direction, free to paid and paid to free: how many sessions that see the page of a change submit it?
-- Reads lake_events, time. The pages are Upgrade and then Submit Upgrade, Downgrade and then Submit Downgrade.
-- A session counts once, however often it sees them; one that submits without the first page does not count.
-- Columns: previous_level and level are those before and after; sessions_shown, which saw the first page;
-- sessions_submitted, those of them that submitted afterwards; share_submitted of the sessions shown, from 0 to 1.
-- :days = 28: the days up to the last play that are looked at.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

sessions AS (
    SELECT
        lake_events.sessionid,
        CASE WHEN lake_events.page IN ('Upgrade', 'Submit Upgrade') THEN 'free' ELSE 'paid' END AS previous_level,
        MIN(CASE WHEN lake_events.page IN ('Upgrade', 'Downgrade') THEN lake_events.ts END) AS shown_at,
        MAX(CASE WHEN lake_events.page IN ('Submit Upgrade', 'Submit Downgrade') THEN lake_events.ts END)
            AS submitted_at
    FROM lake_events
    WHERE
        lake_events.page IN ('Upgrade', 'Submit Upgrade', 'Downgrade', 'Submit Downgrade')
        AND lake_events.ts >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY lake_events.sessionid, previous_level
)

SELECT
    previous_level,
    CASE WHEN previous_level = 'free' THEN 'paid' ELSE 'free' END AS level,
    COUNT(*) AS sessions_shown,
    COUNT(CASE WHEN submitted_at >= shown_at THEN 1 END) AS sessions_submitted,
    CAST(COUNT(CASE WHEN submitted_at >= shown_at THEN 1 END) AS DOUBLE PRECISION) / COUNT(*) AS share_submitted
FROM sessions
WHERE shown_at IS NOT NULL
GROUP BY previous_level
ORDER BY previous_level;
