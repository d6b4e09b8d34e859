-- One row per key that the objects of a dataset were seen to have, and per column, value and day of a batch: what there
-- is to hold a batch against, and what it has itself. Reads only.
SELECT
    'key' AS kind,
    dataset,
    key_name AS name,
    types AS value,
    CAST(first_batch_id AS BIGINT) AS first_number,
    CAST(last_batch_id AS BIGINT) AS last_number,
    row_share
FROM seen_keys
UNION ALL
SELECT
    'column' AS kind,
    dataset,
    column_name AS name,
    value,
    rows_counted AS first_number,
    rows_with AS last_number,
    CAST(NULL AS DOUBLE PRECISION) AS row_share
FROM batch_columns
WHERE batch_id = :batch_id;
