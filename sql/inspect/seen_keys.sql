-- One row per key that the objects of a dataset were seen to have. Reads only.
SELECT
    dataset,
    key_name,
    first_batch_id,
    last_batch_id,
    types,
    row_share
FROM seen_keys
ORDER BY dataset, key_name;
