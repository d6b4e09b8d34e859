-- How many rows of a batch in songs break each rule of its suite; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    (SELECT COUNT(*) - 7 FROM pg_attribute WHERE attrelid = 'songs'::REGCLASS AND attnum > 0) AS columns,
    COUNT(*) FILTER (WHERE songs.song_id IS NULL) AS song_id,
    COUNT(*) FILTER (WHERE songs.title IS NULL) AS title,
    COUNT(*) FILTER (WHERE songs.artist_id IS NULL) AS artist_id,
    COUNT(*) FILTER (WHERE songs.duration IS NULL) AS duration,
    COUNT(*) FILTER (WHERE songs.artist_name IS NULL) AS artist_name,
    COUNT(*) FILTER (WHERE songs.batch_id IS NULL) AS batch_id,
    COUNT(*) FILTER (WHERE songs.title !~ '[^ ]') AS blank_titles,
    COUNT(*) FILTER (WHERE songs.artist_name !~ '[^ ]') AS blank_names,
    COUNT(*) FILTER (WHERE songs.year NOT BETWEEN 1900 AND EXTRACT(YEAR FROM CURRENT_DATE) + 1) AS years,
    COUNT(*) FILTER (WHERE songs.duration <= 0 OR songs.duration > 3600) AS durations,
    COUNT(*) FILTER (WHERE songs.artist_id IS NOT NULL AND artists.artist_id IS NULL) AS artists,
    (
        SELECT COUNT(*)
        FROM (
            SELECT song_id
            FROM songs
            WHERE song_id IN (SELECT song_id FROM songs WHERE batch_id = %(batch_id)s)
            GROUP BY 1
            HAVING COUNT(*) > 1
        ) AS repeated
    ) AS copies
FROM songs
LEFT JOIN artists ON artists.artist_id = songs.artist_id
WHERE songs.batch_id = %(batch_id)s
