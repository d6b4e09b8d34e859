-- `batches` records how many rows each table of the star holds as of a batch: of the last published one these are
-- the rows that are there, of older ones nobody knows. A rerun finds the columns, and no row to count again.
ALTER TABLE batches ADD COLUMN users_rows BIGINT;

ALTER TABLE batches ADD COLUMN artists_rows BIGINT;

ALTER TABLE batches ADD COLUMN songs_rows BIGINT;

ALTER TABLE batches ADD COLUMN time_rows BIGINT;

ALTER TABLE batches ADD COLUMN songplays_rows BIGINT;

UPDATE batches
SET
    users_rows = counted.users_rows,
    artists_rows = counted.artists_rows,
    songs_rows = counted.songs_rows,
    time_rows = counted.time_rows,
    songplays_rows = counted.songplays_rows
FROM (
    SELECT
        (SELECT COUNT(*) FROM users) AS users_rows,
        (SELECT COUNT(*) FROM artists) AS artists_rows,
        (SELECT COUNT(*) FROM songs) AS songs_rows,
        (SELECT COUNT(*) FROM time) AS time_rows,
        (SELECT COUNT(*) FROM songplays) AS songplays_rows,
        (
            SELECT MAX(batch_id)
            FROM batches
            WHERE status = 'published'
        ) AS batch_id
) AS counted
WHERE
    batches.batch_id = counted.batch_id
    AND batches.users_rows IS NULL;
