-- The run that holds the warehouse: at most one row.
SELECT
    flow_run_name,
    started_at
FROM batches
WHERE status = 'running'
ORDER BY batch_id DESC
LIMIT 1;
