-- How many rows of staging_events break each rule of its suite; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    (SELECT COUNT(*) - 18 FROM pg_attribute WHERE attrelid = 'staging_events'::REGCLASS AND attnum > 0) AS columns,
    COUNT(*) FILTER (WHERE ts IS NULL) AS ts,
    COUNT(*) FILTER (WHERE page IS NULL) AS page,
    COUNT(*) FILTER (WHERE level IS NULL) AS level,
    COUNT(*) FILTER (WHERE sessionid IS NULL) AS sessionid,
    COUNT(*) FILTER (WHERE iteminsession IS NULL) AS iteminsession,
    COUNT(*) FILTER (WHERE auth IS NULL) AS auth,
    COUNT(*) FILTER (WHERE auth = 'Logged In' AND userid IS NULL) AS userid,
    COUNT(*) FILTER (WHERE page = 'NextSong' AND auth <> 'Logged In') AS play_is_logged_in,
    COUNT(*) FILTER (WHERE page = 'NextSong' AND userid IS NULL) AS play_has_user,
    COUNT(*) FILTER (WHERE page = 'NextSong' AND song IS NULL) AS play_has_song,
    COUNT(*) FILTER (WHERE page = 'NextSong' AND artist IS NULL) AS play_has_artist,
    COUNT(*) FILTER (WHERE page = 'NextSong' AND length IS NULL) AS play_has_length,
    COUNT(*) FILTER (
        WHERE auth = 'Logged In' AND (NULLIF(firstname, '') IS NULL OR NULLIF(lastname, '') IS NULL)
    ) AS names,
    COUNT(*) FILTER (WHERE level NOT IN ('free', 'paid')) AS levels,
    COUNT(*) FILTER (WHERE gender NOT IN ('F', 'M')) AS genders,
    COUNT(*) FILTER (WHERE auth NOT IN ('Logged In', 'Logged Out', 'Guest', 'Cancelled')) AS auths,
    COUNT(*) FILTER (
        WHERE page NOT IN (
            'NextSong', 'Home', 'Login', 'Logout', 'Register', 'Submit Registration', 'Settings', 'Save Settings',
            'Upgrade', 'Submit Upgrade', 'Downgrade', 'Submit Downgrade', 'Cancel', 'Cancellation Confirmation',
            'About', 'Help', 'Error', 'Add Friend', 'Add to Playlist', 'Roll Advert', 'Thumbs Up', 'Thumbs Down'
        )
    ) AS pages,
    COUNT(*) FILTER (WHERE method NOT IN ('GET', 'PUT')) AS methods,
    COUNT(*) FILTER (WHERE status NOT IN (200, 307, 404)) AS statuses,
    COUNT(*) FILTER (WHERE length <= 0 OR length > 3600) AS lengths,
    COUNT(*) FILTER (WHERE ts < '2000-01-01' OR ts > LOCALTIMESTAMP + INTERVAL '1 day') AS moments,
    COUNT(*) FILTER (
        WHERE registration < 946684800000
            OR registration > EXTRACT(EPOCH FROM LOCALTIMESTAMP + INTERVAL '1 day')::BIGINT * 1000
    ) AS registrations,
    COUNT(*) FILTER (WHERE sessionid < 0) AS sessionids,
    COUNT(*) FILTER (WHERE iteminsession < 0) AS items,
    (
        SELECT COUNT(*)
        FROM (
            SELECT events.sessionid, events.iteminsession
            FROM staging_events AS events
            JOIN (
                SELECT sessionid, iteminsession FROM staging_events GROUP BY 1, 2 HAVING COUNT(*) > 1
            ) AS repeated USING (sessionid, iteminsession)
            GROUP BY 1, 2
            HAVING COUNT(DISTINCT (ts, page, level, userid, song, artist, length)) > 1
        ) AS different
    ) AS contents
FROM staging_events
