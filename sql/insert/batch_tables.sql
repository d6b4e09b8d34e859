-- One row per table of the star: how many rows the batch found in it, added, changed, removed and left.
-- Runs once per batch, in the transaction that publishes it.
INSERT INTO batch_tables (
    batch_id,
    table_name,
    rows_before,
    rows_added,
    rows_changed,
    rows_removed,
    rows_after
)
VALUES
-- For each :star, with , between:
(
    :batch_id,
    :star_name,
    :star_rows_before,
    :star_rows_added,
    :star_rows_changed,
    :star_rows_removed,
    :star_rows_after
)
-- End.
