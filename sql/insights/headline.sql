-- One row per period, the current one first: how is Sparkify doing, and how was it doing before?
-- Reads songplays, time. A period without plays has no row.
-- Columns: period is current or previous; plays, listeners, the new_listeners among them who had never played a song
-- before the period; sessions, songs_per_session, hours_listened; share_paid and share_known of the plays, from 0 to 1.
-- :days = 7: the days up to the last play that are the current period; the previous one are as many before them.
WITH last_day AS (
    SELECT DATE_TRUNC('day', MAX(start_time)) AS starts_at
    FROM time
),

periods AS (
    SELECT
        DATEADD(DAY, 1 - :days, starts_at) AS current_starts_at,
        DATEADD(DAY, 1 - 2 * :days, starts_at) AS previous_starts_at
    FROM last_day
),

listened AS (
    SELECT
        CASE WHEN songplays.start_time >= periods.current_starts_at THEN 'current' ELSE 'previous' END AS period,
        songplays.user_id,
        songplays.session_id,
        COUNT(*) AS plays,
        SUM(CASE WHEN songplays.level = 'paid' THEN 1 ELSE 0 END) AS paid_plays,
        COUNT(songplays.song_id) AS known_plays,
        SUM(songplays.song_duration) AS duration_s
    FROM songplays
    CROSS JOIN periods
    WHERE songplays.start_time >= periods.previous_starts_at
    GROUP BY period, songplays.user_id, songplays.session_id
),

first_plays AS (
    SELECT
        user_id,
        MIN(start_time) AS first_played_at
    FROM songplays
    GROUP BY user_id
),

new_listeners AS (
    SELECT
        CASE WHEN first_plays.first_played_at >= periods.current_starts_at THEN 'current' ELSE 'previous' END AS period,
        COUNT(*) AS new_listeners
    FROM first_plays
    CROSS JOIN periods
    WHERE first_plays.first_played_at >= periods.previous_starts_at
    GROUP BY period
),

listeners AS (
    SELECT
        period,
        user_id,
        COUNT(*) AS sessions,
        SUM(plays) AS plays,
        SUM(paid_plays) AS paid_plays,
        SUM(known_plays) AS known_plays,
        SUM(duration_s) AS duration_s
    FROM listened
    GROUP BY period, user_id
),

counted AS (
    SELECT
        period,
        COUNT(*) AS listeners,
        SUM(sessions) AS sessions,
        SUM(plays) AS plays,
        SUM(paid_plays) AS paid_plays,
        SUM(known_plays) AS known_plays,
        SUM(duration_s) AS duration_s
    FROM listeners
    GROUP BY period
)

SELECT
    counted.period,
    counted.plays,
    counted.listeners,
    COALESCE(new_listeners.new_listeners, 0) AS new_listeners,
    counted.sessions,
    CAST(counted.plays AS DOUBLE PRECISION) / counted.sessions AS songs_per_session,
    CAST(counted.duration_s AS DOUBLE PRECISION) / 3600 AS hours_listened,
    CAST(counted.paid_plays AS DOUBLE PRECISION) / counted.plays AS share_paid,
    CAST(counted.known_plays AS DOUBLE PRECISION) / counted.plays AS share_known
FROM counted
LEFT JOIN new_listeners ON counted.period = new_listeners.period
ORDER BY counted.period;
