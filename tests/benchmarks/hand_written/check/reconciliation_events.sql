-- What of the staged events the star lacks; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    COUNT(*) FILTER (WHERE songplays.songplay_id IS NULL) AS play_is_loaded,
    COUNT(*) FILTER (WHERE time.start_time IS NULL) AS moment_is_loaded,
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
FROM staging_events AS events
LEFT JOIN songplays ON songplays.songplay_id = MD5(events.sessionid || '-' || events.iteminsession)::CHAR(32)
LEFT JOIN time ON time.start_time = events.ts
WHERE events.page = 'NextSong'
