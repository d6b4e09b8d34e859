-- `batch_tables` has a row for each table of which `batches` recorded how many rows it holds as of a batch. Then these
-- columns go: all that they held has been copied. A rerun finds the rows, and no column to drop.
INSERT INTO batch_tables (batch_id, table_name, rows_after)
SELECT
    recorded.batch_id,
    recorded.table_name,
    recorded.rows_after
FROM (
    SELECT
        batches.batch_id,
        'users' AS table_name,
        batches.users_rows AS rows_after
    FROM batches
    UNION ALL
    SELECT
        batches.batch_id,
        'artists' AS table_name,
        batches.artists_rows AS rows_after
    FROM batches
    UNION ALL
    SELECT
        batches.batch_id,
        'songs' AS table_name,
        batches.songs_rows AS rows_after
    FROM batches
    UNION ALL
    SELECT
        batches.batch_id,
        'time' AS table_name,
        batches.time_rows AS rows_after
    FROM batches
    UNION ALL
    SELECT
        batches.batch_id,
        'songplays' AS table_name,
        batches.songplays_rows AS rows_after
    FROM batches
) AS recorded
LEFT JOIN batch_tables
    ON
        recorded.batch_id = batch_tables.batch_id
        AND recorded.table_name = batch_tables.table_name
WHERE
    recorded.rows_after IS NOT NULL
    AND batch_tables.batch_id IS NULL;

ALTER TABLE batches DROP COLUMN users_rows;

ALTER TABLE batches DROP COLUMN artists_rows;

ALTER TABLE batches DROP COLUMN songs_rows;

ALTER TABLE batches DROP COLUMN time_rows;

ALTER TABLE batches DROP COLUMN songplays_rows;
