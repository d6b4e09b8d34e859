-- One row per batch that a run began. status: running, published, nothing new, dry run, failed, or abandoned (its run
-- died). The *_rows columns count the batch: rows staged, and plays that it added to songplays or found there already.
-- rows_erased: rows of its files that it left out, or that have left the lake tables or quarantine since, because they
-- are of people who were erased. ended_at is NULL while the run goes on, and where it died. reason: why it failed, or
-- was abandoned. code_version: the release that ran, with the commit of a checkout. newest_event_at: the latest
-- ts of the events that it loaded. requests: what its run had asked of the warehouse by then, since it began, and
-- request_s how long the answers took, side by side. These six are NULL where an older release did not record them.
CREATE TABLE IF NOT EXISTS batches (
    batch_id INTEGER NOT NULL PRIMARY KEY,
    flow_run_id VARCHAR(36) NOT NULL,
    flow_run_name VARCHAR(256) NOT NULL,
    started_at TIMESTAMP NOT NULL,
    published_at TIMESTAMP,
    status VARCHAR(16) NOT NULL,
    files INTEGER,
    event_rows BIGINT,
    song_rows BIGINT,
    plays_added_rows BIGINT,
    plays_present_rows BIGINT,
    quarantined_rows BIGINT,
    rows_erased BIGINT,
    ended_at TIMESTAMP,
    reason VARCHAR(4096),
    code_version VARCHAR(128),
    newest_event_at TIMESTAMP,
    requests INTEGER,
    request_s DOUBLE PRECISION
)
DISTSTYLE ALL
SORTKEY (batch_id);
