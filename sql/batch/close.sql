-- Set the status of a run that ended without publishing.
UPDATE batches
SET status = :status
WHERE batch_id = :batch_id AND status = 'running';
