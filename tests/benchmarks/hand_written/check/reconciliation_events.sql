-- What of the staged events the star lacks; every number but the first must be 0.
SELECT
    (SELECT COUNT(*) FROM staging_events) AS row_count,
    (
        SELECT COUNT(*)
        FROM staging_events AS events
        WHERE page = 'NextSong'
            AND NOT EXISTS (
                SELECT FROM songplays
                WHERE session_id = events.sessionid AND item_in_session = events.iteminsession
            )
    ) AS play_is_loaded,
    (
        SELECT COUNT(*)
        FROM staging_events AS events
        WHERE page = 'NextSong' AND NOT EXISTS (SELECT FROM time WHERE start_time = events.ts)
    ) AS moment_is_loaded,
    (
        SELECT COUNT(*)
        FROM (
            SELECT userid, MAX(ts) AS latest_ts
            FROM staging_events
            WHERE auth = 'Logged In' AND userid IS NOT NULL
            GROUP BY userid
        ) AS latest
        LEFT JOIN users ON users.user_id = latest.userid
        WHERE users.user_id IS NULL OR users.last_event_at < latest.latest_ts
    ) AS user_is_loaded
