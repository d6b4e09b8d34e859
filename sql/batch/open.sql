-- One new row for this run. Runs while the lock is held, so a run still marked as running has died; nobody knows
-- when.
UPDATE batches
SET
    status = 'abandoned',
    reason = :reason
WHERE status = 'running';

INSERT INTO batches (batch_id, flow_run_id, flow_run_name, started_at, status, code_version)
SELECT
    COALESCE(MAX(batches.batch_id), 0) + 1 AS batch_id,
    :flow_run_id AS flow_run_id,
    :flow_run_name AS flow_run_name,
    :started_at AS started_at,
    'running' AS status,
    CAST(:code_version AS VARCHAR(128)) AS code_version
FROM batches;

SELECT MAX(batch_id) AS batch_id
FROM batches;
