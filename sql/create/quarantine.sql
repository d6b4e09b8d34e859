-- One row per line that was kept out of the star, with the evidence.
-- reason_code is Redshift's load error code, or the name of the expectation that the row broke.
CREATE TABLE IF NOT EXISTS quarantine (
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    dataset VARCHAR(16) NOT NULL,
    url VARCHAR(2048),
    line_number BIGINT,
    column_name VARCHAR(128),
    reason_code VARCHAR(128) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    "raw" VARCHAR(65535),
    quarantined_at TIMESTAMP NOT NULL
)
DISTSTYLE KEY
DISTKEY (url)
SORTKEY (batch_id);
