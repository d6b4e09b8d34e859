-- One row per lease: the last sign of life of its run, by the clock of the warehouse, and when it ended its lease.
-- Only the run's heartbeats write it, each in a transaction of its own; session_id is the process of their session.
CREATE TABLE IF NOT EXISTS heartbeats (
    fencing_number BIGINT NOT NULL PRIMARY KEY REFERENCES leases (fencing_number),
    session_id INTEGER NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    released_at TIMESTAMP
)
DISTSTYLE ALL
SORTKEY (fencing_number);
