-- One row per browser and platform, the most plays first: what do people listen with?
-- Reads songplays, time. A family is told by the names in the user agent, the most telling first: Chrome's user agent
-- has Safari in it too.
-- Columns: browser and platform, other where they are not told; plays, listeners; share_of_plays, from 0 to 1.
-- :days = 28: the days up to the last play that are looked at.
-- :places = 10: how many families.
WITH first_day AS (
    SELECT DATEADD(DAY, 1 - :days, DATE_TRUNC('day', MAX(start_time))) AS starts_at
    FROM time
),

listened AS (
    SELECT
        songplays.user_agent,
        songplays.user_id,
        COUNT(*) AS plays
    FROM songplays
    WHERE songplays.start_time >= (SELECT first_day.starts_at FROM first_day)
    GROUP BY songplays.user_agent, songplays.user_id
),

families AS (
    SELECT
        CASE
            WHEN user_agent LIKE '%Edge/%' OR user_agent LIKE '%Edg/%' THEN 'Edge'
            WHEN user_agent LIKE '%OPR/%' OR user_agent LIKE '%Opera%' THEN 'Opera'
            WHEN user_agent LIKE '%Firefox/%' THEN 'Firefox'
            WHEN user_agent LIKE '%Chrome/%' OR user_agent LIKE '%CriOS/%' THEN 'Chrome'
            WHEN user_agent LIKE '%Trident/%' OR user_agent LIKE '%MSIE %' THEN 'Internet Explorer'
            WHEN user_agent LIKE '%Safari/%' THEN 'Safari'
            ELSE 'other'
        END AS browser,
        CASE
            WHEN user_agent LIKE '%iPhone%' THEN 'iPhone'
            WHEN user_agent LIKE '%iPad%' THEN 'iPad'
            WHEN user_agent LIKE '%Android%' THEN 'Android'
            WHEN user_agent LIKE '%Windows%' THEN 'Windows'
            WHEN user_agent LIKE '%Macintosh%' THEN 'Mac'
            WHEN user_agent LIKE '%Linux%' THEN 'Linux'
            ELSE 'other'
        END AS platform,
        user_id,
        plays
    FROM listened
),

counted AS (
    SELECT
        browser,
        platform,
        SUM(plays) AS plays,
        COUNT(DISTINCT user_id) AS listeners
    FROM families
    GROUP BY browser, platform
)

SELECT
    browser,
    platform,
    plays,
    listeners,
    CAST(plays AS DOUBLE PRECISION) / SUM(plays) OVER () AS share_of_plays
FROM counted
ORDER BY plays DESC, browser ASC, platform ASC
LIMIT :places;
