-- Set the status of a run that ended without publishing, when it ended and why it failed, and read which status it has
-- now: one row.
UPDATE batches
SET
    status = :status,
    ended_at = :ended_at,
    reason = :reason
WHERE batch_id = :batch_id AND status = 'running';

SELECT status
FROM batches
WHERE batch_id = :batch_id;
