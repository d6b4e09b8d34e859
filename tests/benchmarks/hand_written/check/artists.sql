-- How many rows of a batch in artists break each rule of its suite; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    (SELECT COUNT(*) - 6 FROM pg_attribute WHERE attrelid = 'artists'::REGCLASS AND attnum > 0) AS columns,
    COUNT(*) FILTER (WHERE artist_id IS NULL) AS artist_id,
    COUNT(*) FILTER (WHERE name IS NULL) AS name,
    COUNT(*) FILTER (WHERE batch_id IS NULL) AS batch_id,
    COUNT(*) FILTER (WHERE name !~ '[^ ]') AS blank_names,
    COUNT(*) FILTER (WHERE location = '') AS locations,
    COUNT(*) FILTER (WHERE latitude NOT BETWEEN -90 AND 90) AS latitudes,
    COUNT(*) FILTER (WHERE longitude NOT BETWEEN -180 AND 180) AS longitudes,
    (
        SELECT COUNT(*)
        FROM (
            SELECT artist_id
            FROM artists
            WHERE artist_id IN (SELECT artist_id FROM artists WHERE batch_id = %(batch_id)s)
            GROUP BY 1
            HAVING COUNT(*) > 1
        ) AS repeated
    ) AS copies
FROM artists
WHERE batch_id = %(batch_id)s
