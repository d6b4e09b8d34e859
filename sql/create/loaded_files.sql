-- The ledger: one row per version of a file (url and etag) that was loaded; batch_id is the batch that loaded it last.
-- is_current: its rows are in the lake tables. missing_since: the file is not in the lake any more. retracted_at: this
-- version was taken back, and is not loaded again; where it is current all the same, it was loaded from two folders
-- before one became the other, and its rows leave with the next batch.
-- rows_scanned = rows_loaded + rows_quarantined + rows_erased. The first two are NULL where the load history did not
-- tell the rows of files; rows_loaded and rows_erased where rows of erased people were left out of several files that
-- were loaded together: nothing tells from which of them they came.
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
    is_current BOOLEAN NOT NULL,
    missing_since TIMESTAMP,
    retracted_at TIMESTAMP,
    rows_erased BIGINT,
    PRIMARY KEY (url, etag)
)
DISTSTYLE KEY
DISTKEY (url)
SORTKEY (batch_id);
