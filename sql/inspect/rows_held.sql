-- One row per table: how many rows it holds, counted as far as its limit; of the ledger and quarantine, how many it
-- holds of one batch. Any rows do for a limit: to order them would read whole tables.
-- noqa: disable=AM09
-- For each :star, with UNION ALL between:
SELECT
    :star_name AS table_name,
    COUNT(*) AS rows_held
FROM (SELECT 1 AS held FROM :star LIMIT :star_limit) AS counted
-- End.
UNION ALL
SELECT
    'loaded_files' AS table_name,
    COUNT(*) AS rows_held
FROM loaded_files
WHERE batch_id = :batch_id
UNION ALL
SELECT
    'quarantine' AS table_name,
    COUNT(*) AS rows_held
FROM quarantine
WHERE batch_id = :batch_id;
