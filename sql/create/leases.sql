-- One row per lease: a run that took the warehouse. The highest fencing_number holds it; the others have ended, or
-- lost it. Rows are inserted and never changed, so that a transaction which reads them conflicts with no heartbeat.
-- expires_at holds until the first heartbeat. session_id is the process of the session that took it.
CREATE TABLE IF NOT EXISTS leases (
    fencing_number BIGINT NOT NULL PRIMARY KEY,
    flow_run_id VARCHAR(36) NOT NULL,
    flow_run_name VARCHAR(256) NOT NULL,
    session_id INTEGER NOT NULL,
    taken_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
)
DISTSTYLE ALL
SORTKEY (fencing_number);
