-- The ledger: one row per object version (url and etag) that a batch has loaded.
-- rows_scanned = rows_loaded + rows_quarantined; both are NULL where the load history did not tell the rows of files.
CREATE TABLE IF NOT EXISTS loaded_files (
    url VARCHAR(2048) NOT NULL,
    etag VARCHAR(128) NOT NULL,
    size_bytes BIGINT NOT NULL,
    last_modified TIMESTAMP NOT NULL,
    dataset VARCHAR(16) NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    rows_scanned BIGINT,
    rows_loaded BIGINT,
    rows_quarantined BIGINT NOT NULL,
    PRIMARY KEY (url, etag)
)
DISTSTYLE KEY
DISTKEY (url)
SORTKEY (batch_id);
