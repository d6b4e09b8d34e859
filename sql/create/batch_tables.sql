-- One row per batch and table of the star: how many rows the batch found in it, added, changed, removed and left.
-- rows_after = rows_before + rows_added - rows_removed. Of batches of older releases only rows_after is known.
CREATE TABLE IF NOT EXISTS batch_tables (
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    table_name VARCHAR(127) NOT NULL,
    rows_before BIGINT,
    rows_added BIGINT,
    rows_changed BIGINT,
    rows_removed BIGINT,
    rows_after BIGINT NOT NULL,
    PRIMARY KEY (batch_id, table_name)
)
DISTSTYLE ALL
SORTKEY (batch_id);
