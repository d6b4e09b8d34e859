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
    ) AS contents
FROM staging_songs
