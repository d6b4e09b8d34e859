-- End a run that has not published, and say when and why, unless another run holds the warehouse by now; then read its
-- status: one row.
-- The lock comes before the queries: on Redshift what a transaction sees is what was committed when its first began.
LOCK TABLE run_lock;

UPDATE batches
SET
    status = :status,
    ended_at = :ended_at,
    reason = :reason,
    requests = :requests,
    request_s = :request_s
WHERE
    batch_id = :batch_id
    AND status = 'running'
    AND NOT EXISTS (
        SELECT 1 AS is_later
        FROM leases
        WHERE fencing_number > :fencing_number
    );

SELECT status
FROM batches
WHERE batch_id = :batch_id;
