-- One row: the batch that was published last, and how many rows it entered into the ledger and into quarantine; none
-- before the first.
SELECT
    batch_id,
    files,
    quarantined_rows
FROM batches
WHERE status = 'published'
ORDER BY batch_id DESC
LIMIT 1;
