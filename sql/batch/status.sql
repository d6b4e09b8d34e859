-- The status of a batch: one row. Reads only.
SELECT status
FROM batches
WHERE batch_id = :batch_id;
