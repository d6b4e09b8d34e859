-- One row per batch, dataset and column of its staging table: of rows_counted rows, rows_with have a value that is not
-- empty. Of columns with few values one more row for each value: rows_with have it. Of traits, such as "(damaged)", one
-- more: of rows_counted that are not empty, rows_with have it. Of ts one more row for each day:
-- rows_counted are its events, rows_with the plays among them. What a batch has is held against those before it.
CREATE TABLE IF NOT EXISTS batch_columns (
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    dataset VARCHAR(16) NOT NULL,
    column_name VARCHAR(127) NOT NULL,
    value VARCHAR(64),
    rows_counted BIGINT NOT NULL,
    rows_with BIGINT NOT NULL
)
DISTSTYLE ALL
SORTKEY (batch_id);
