-- The status of a batch: one row. A transaction that may still commit the batch has locked its row: the update, which
-- changes nothing, waits until that one ends.
UPDATE batches
SET status = 'running'
WHERE batch_id = :batch_id AND status = 'running';

SELECT status
FROM batches
WHERE batch_id = :batch_id;
