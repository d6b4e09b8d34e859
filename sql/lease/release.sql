-- End a lease, so that the next run need not wait until it expires.
UPDATE heartbeats
SET released_at = GETDATE()
WHERE fencing_number = :fencing_number;
