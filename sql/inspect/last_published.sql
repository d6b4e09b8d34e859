-- One row: the batch that was published last, and how many rows it inserted into the ledger and quarantine; none
-- before the first.
SELECT
    batch_id,
    files,
    quarantined_rows
FROM batches
WHERE status = 'published'
ORDER BY batch_id DESC
LIMIT 1;
