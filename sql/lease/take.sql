-- Take the warehouse with the next fencing number: one row, or none where another run took it since it was looked at.
-- The lock comes first: on Redshift what a transaction sees is what was committed when its first query began.
LOCK TABLE run_lock;

INSERT INTO leases (fencing_number, flow_run_id, flow_run_name, session_id, taken_at, expires_at)
SELECT
    CAST(:fencing_number AS BIGINT) AS fencing_number,
    :flow_run_id AS flow_run_id,
    :flow_run_name AS flow_run_name,
    :session_id AS session_id,
    GETDATE() AS taken_at,
    DATEADD(SECOND, :lease_s, GETDATE()) AS expires_at
FROM (SELECT MAX(fencing_number) AS fencing_number FROM leases) AS latest
WHERE COALESCE(latest.fencing_number, 0) < :fencing_number;
