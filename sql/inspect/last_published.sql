-- One row per table that batch_tables has of the batch that was published last: the rows that the batch left in it; and
-- how many rows the batch inserted into the ledger and quarantine. One row if it has none; none before the first batch.
WITH published AS (
    SELECT
        batch_id,
        files,
        quarantined_rows
    FROM batches
    WHERE status = 'published'
    ORDER BY batch_id DESC
    LIMIT 1
)

SELECT
    published.batch_id,
    published.files,
    published.quarantined_rows,
    batch_tables.table_name,
    batch_tables.rows_after
FROM published
LEFT JOIN batch_tables ON published.batch_id = batch_tables.batch_id;
