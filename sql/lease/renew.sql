-- A heartbeat: the lease runs on from now. Safe to rerun.
UPDATE heartbeats
SET
    session_id = :session_id,
    seen_at = GETDATE(),
    expires_at = DATEADD(SECOND, :lease_s, GETDATE())
WHERE fencing_number = :fencing_number;
