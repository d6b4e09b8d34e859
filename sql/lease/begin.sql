-- The first heartbeat of a lease.
INSERT INTO heartbeats (fencing_number, session_id, seen_at, expires_at)
VALUES (:fencing_number, :session_id, GETDATE(), DATEADD(SECOND, :lease_s, GETDATE()));
