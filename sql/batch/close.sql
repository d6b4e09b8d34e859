-- Say how a run ended that published nothing.
UPDATE batches
SET status = :status
WHERE batch_id = :batch_id AND status = 'running';
