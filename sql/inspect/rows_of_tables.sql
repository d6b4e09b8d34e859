-- One row per table of the lake and the star: how many rows the batch that was published last has left in it.
-- Reads only.
SELECT
    table_name,
    rows_after
FROM batch_tables
WHERE
    batch_id = (
        SELECT MAX(batches.batch_id)
        FROM batches
        WHERE batches.status = 'published'
    )
ORDER BY table_name;
