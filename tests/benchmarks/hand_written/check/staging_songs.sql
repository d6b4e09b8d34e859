-- How many rows of staging_songs break each rule of its suite; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    (SELECT COUNT(*) - 10 FROM pg_attribute WHERE attrelid = 'staging_songs'::REGCLASS AND attnum > 0) AS columns,
    COUNT(*) FILTER (WHERE song_id IS NULL) AS song_id,
    COUNT(*) FILTER (WHERE title IS NULL) AS title,
    COUNT(*) FILTER (WHERE artist_id IS NULL) AS artist_id,
    COUNT(*) FILTER (WHERE artist_name IS NULL) AS artist_name,
    COUNT(*) FILTER (WHERE duration IS NULL) AS duration,
    COUNT(*) FILTER (WHERE song_id !~ '[^ ]') AS blank_song_ids,
    COUNT(*) FILTER (WHERE title !~ '[^ ]') AS blank_titles,
    COUNT(*) FILTER (WHERE artist_id !~ '[^ ]') AS blank_artist_ids,
    COUNT(*) FILTER (WHERE artist_name !~ '[^ ]') AS blank_names,
    COUNT(*) FILTER (WHERE duration <= 0 OR duration > 3600) AS durations,
    COUNT(*) FILTER (
        WHERE year <> 0 AND (year < 1900 OR year > EXTRACT(YEAR FROM CURRENT_DATE) + 1)
    ) AS years,
    COUNT(*) FILTER (WHERE artist_latitude NOT BETWEEN -90 AND 90) AS latitudes,
    COUNT(*) FILTER (WHERE artist_longitude NOT BETWEEN -180 AND 180) AS longitudes,
    COUNT(*) FILTER (WHERE num_songs <> 1) AS num_songs,
    COUNT(*) FILTER (WHERE song_id !~ '^SO[A-Z0-9]{16}$') AS song_ids,
    COUNT(*) FILTER (WHERE artist_id !~ '^AR[A-Z0-9]{16}$') AS artist_ids,
    (
        SELECT COUNT(*)
        FROM (
            SELECT song_id
            FROM staging_songs
            GROUP BY 1
            HAVING COUNT(DISTINCT (title, artist_id, artist_name, duration, COALESCE(year, 0))) > 1
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
        WHERE dataset = 'songs' AND value IS NULL AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name
    ) AS before ON before.column_name = latest.column_name
            WHERE latest.batch_id = (SELECT MAX(batch_id) FROM batches) AND latest.dataset = 'songs' AND latest.value IS NULL AND latest.rows_with = 0
                AND before.rows_counted >= 100
                AND latest.rows_counted * before.rows_with >= 30 * before.rows_counted
                AND before.last_filled >= before.last_empty
        ) AS found
    ) AS empty_columns,
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
        WHERE dataset = 'songs' AND value IS NULL AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name
    ) AS before ON before.column_name = latest.column_name
            JOIN (
        SELECT column_name, value, SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_counted,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= 30 THEN batch_id ELSE -1 END) AS last_empty
        FROM batch_columns
        WHERE dataset = 'songs' AND value IS NOT NULL AND LENGTH(value) <> 10 AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
        GROUP BY column_name, value
    ) AS known ON known.column_name = latest.column_name
            LEFT JOIN batch_columns AS same
                ON same.batch_id = latest.batch_id AND same.dataset = latest.dataset
                AND same.column_name = latest.column_name AND same.value = known.value AND same.rows_with > 0
            WHERE latest.batch_id = (SELECT MAX(batch_id) FROM batches) AND latest.dataset = 'songs' AND latest.value IS NULL AND latest.rows_with > 0 AND same.value IS NULL
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
                WHERE dataset = 'songs' AND (value IS NULL OR column_name <> 'ts' OR LEFT(value, 1) = '(')
                    AND rows_counted >= 100 AND batch_id BETWEEN (SELECT MAX(batch_id) FROM batches) - 100 AND (SELECT MAX(batch_id) FROM batches) - 1
                GROUP BY column_name, COALESCE(value, '')
            ) AS before
                ON before.column_name = latest.column_name AND before.value = COALESCE(latest.value, '')
            WHERE latest.batch_id = (SELECT MAX(batch_id) FROM batches) AND latest.dataset = 'songs' AND latest.rows_counted >= 100
                AND before.batches >= 5
                AND ABS(latest.rows_with * 1.0 / NULLIF(latest.rows_counted, 0) - before.mean_share) > 0.15 AND ABS(latest.rows_with * 1.0 / NULLIF(latest.rows_counted, 0) - before.mean_share) > 6 * before.spread
        ) AS found
    ) AS moved_shares
FROM staging_songs
