-- The latest lease, and the last sign of life of its run: one row, none before the first run. Reads only.
-- The seconds are those of the warehouse's clock; remaining_s is negative once the lease has expired.
SELECT
    leases.fencing_number,
    leases.flow_run_id,
    leases.flow_run_name,
    leases.taken_at,
    COALESCE(heartbeats.session_id, leases.session_id) AS session_id,
    COALESCE(heartbeats.seen_at, leases.taken_at) AS seen_at,
    COALESCE(heartbeats.expires_at, leases.expires_at) AS expires_at,
    DATEDIFF(SECOND, COALESCE(heartbeats.seen_at, leases.taken_at), GETDATE()) AS silent_s,
    DATEDIFF(SECOND, GETDATE(), COALESCE(heartbeats.expires_at, leases.expires_at)) AS remaining_s,
    heartbeats.released_at
FROM leases
LEFT JOIN heartbeats ON leases.fencing_number = heartbeats.fencing_number
ORDER BY leases.fencing_number DESC
LIMIT 1;
