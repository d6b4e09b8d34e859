-- Set the status of a run that ended without publishing, and read which it is now: one row.
UPDATE batches
SET status = :status
WHERE batch_id = :batch_id AND status = 'running';

SELECT status
FROM batches
WHERE batch_id = :batch_id;
