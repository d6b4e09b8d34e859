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
    ) AS contents,
    (
        SELECT COUNT(*)
        FROM (
            SELECT latest.column_name, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
        SELECT column_name, SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_counted,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_empty
        FROM batch_columns
        WHERE dataset = 'events' AND value IS NULL AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name
    ) AS before ON before.column_name = latest.column_name
            WHERE latest.batch_id = (SELECT MAX(batch_id) FROM batches) AND latest.dataset = 'events' AND latest.value IS NULL AND latest.rows_with = 0
                AND before.rows_counted >= 100
                AND latest.rows_counted * before.rows_with >= 30 * before.rows_counted
                AND before.last_filled >= before.last_empty
        ) AS found
    ) AS empty_columns,
    (
        SELECT COUNT(*)
        FROM (
            SELECT latest.value, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
                SELECT SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with
                FROM batch_columns
                WHERE dataset = 'events' AND column_name = 'ts' AND LENGTH(value) = 10
                    AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches)
            ) AS days ON days.rows_counted >= 100
            LEFT JOIN (
        SELECT column_name, SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_counted,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_empty
        FROM batch_columns
        WHERE dataset = 'events' AND column_name = 'ts' AND LENGTH(value) = 10 AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name
    ) AS before ON before.column_name = latest.column_name
            WHERE latest.batch_id = (SELECT MAX(batch_id) FROM batches) AND latest.dataset = 'events' AND latest.column_name = 'ts' AND LENGTH(latest.value) = 10 AND latest.rows_with = 0
                AND latest.rows_counted * days.rows_with >= 30 * days.rows_counted
                AND COALESCE(before.last_filled, 0) >= COALESCE(before.last_empty, -1)
        ) AS found
    ) AS days_without_plays,
    (
        SELECT COUNT(*)
        FROM (
            SELECT latest.column_name, latest.value, latest.rows_with, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
        SELECT column_name, SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_counted,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_empty
        FROM batch_columns
        WHERE dataset = 'events' AND value IS NULL AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name
    ) AS before ON before.column_name = latest.column_name
            LEFT JOIN (
        SELECT column_name, value, SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_counted,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_empty
        FROM batch_columns
        WHERE dataset = 'events' AND value IS NOT NULL AND column_name <> 'ts' AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name, value
    ) AS known
                ON known.column_name = latest.column_name AND known.value = latest.value
            WHERE latest.batch_id = (SELECT MAX(batch_id) FROM batches) AND latest.dataset = 'events' AND latest.value IS NOT NULL AND latest.column_name <> 'ts'
                AND LEFT(latest.value, 1) <> '(' AND known.value IS NULL AND before.rows_counted >= 100
                AND latest.rows_with >= 30
                AND latest.rows_with >= 0.05 * latest.rows_counted
        ) AS found
    ) AS new_values,
    (
        SELECT COUNT(*)
        FROM (
            SELECT latest.column_name, known.value, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
        SELECT column_name, SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_counted,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_empty
        FROM batch_columns
        WHERE dataset = 'events' AND value IS NULL AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name
    ) AS before ON before.column_name = latest.column_name
            JOIN (
        SELECT column_name, value, SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_counted,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_empty
        FROM batch_columns
        WHERE dataset = 'events' AND value IS NOT NULL AND LENGTH(value) <> 10 AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name, value
    ) AS known ON known.column_name = latest.column_name
            LEFT JOIN batch_columns AS same
                ON same.batch_id = latest.batch_id AND same.dataset = latest.dataset
                AND same.column_name = latest.column_name AND same.value = known.value AND same.rows_with > 0
            WHERE latest.batch_id = (SELECT MAX(batch_id) FROM batches) AND latest.dataset = 'events' AND latest.value IS NULL AND latest.rows_with > 0 AND same.value IS NULL
                AND before.rows_counted >= 100
                AND known.rows_with >= 0.05 * before.rows_counted
                AND latest.rows_with * known.rows_with >= 30 * before.rows_with
                AND known.last_filled >= before.last_counted
        ) AS found
    ) AS gone_values,
    (
        SELECT COUNT(*)
        FROM (
            SELECT latest.column_name, latest.value, latest.rows_with, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
                SELECT column_name, COALESCE(value, '') AS value, COUNT(*) AS batches,
                    AVG(rows_with * 1.0 / rows_counted) AS mean_share,
                    STDDEV_SAMP(rows_with * 1.0 / rows_counted) AS spread
                FROM batch_columns
                WHERE dataset = 'events' AND (value IS NULL OR column_name <> 'ts' OR LEFT(value, 1) = '(')
                    AND rows_counted >= 100 AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
                GROUP BY column_name, COALESCE(value, '')
            ) AS before
                ON before.column_name = latest.column_name AND before.value = COALESCE(latest.value, '')
            WHERE latest.batch_id = (SELECT MAX(batch_id) FROM batches) AND latest.dataset = 'events' AND latest.rows_counted >= 100
                AND before.batches >= 5
                AND ABS(latest.rows_with * 1.0 / NULLIF(latest.rows_counted, 0) - before.mean_share) > 0.15 AND ABS(latest.rows_with * 1.0 / NULLIF(latest.rows_counted, 0) - before.mean_share) > 6 * before.spread
        ) AS found
    ) AS moved_shares
FROM staging_events
