-- One row per key that the objects of a dataset were seen to have, in the samples of published batches.
-- types: the JSON types that its values had, in order and with blanks between; empty where all were null. row_share:
-- the share of the rows of the last sample that had it, from 0 to 1. No value of a key is kept.
CREATE TABLE IF NOT EXISTS seen_keys (
    dataset VARCHAR(16) NOT NULL,
    key_name VARCHAR(256) NOT NULL,
    first_batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    last_batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    types VARCHAR(64) NOT NULL,
    row_share DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (dataset, key_name)
)
DISTSTYLE ALL
SORTKEY (dataset);
