-- One row per lake table and batch of which the table has other rows than the ledger has for its current files.
-- Where the rows of one of these files are unknown, so is what is due. Reads whole tables.
WITH both_sides AS (
    -- For each :lake, with UNION ALL between:
    SELECT
        :lake_name AS table_name,
        batch_id,
        COUNT(*) AS held_rows,
        0 AS loaded_rows,
        0 AS unknown_files
    FROM :lake
    GROUP BY batch_id
    -- End.
    UNION ALL
    SELECT
        'lake_' || dataset AS table_name,
        batch_id,
        0 AS held_rows,
        SUM(rows_loaded) AS loaded_rows,
        COUNT(*) - COUNT(rows_loaded) AS unknown_files
    FROM loaded_files
    WHERE is_current
    GROUP BY dataset, batch_id
),

accounts AS (
    SELECT
        table_name,
        batch_id,
        SUM(loaded_rows) AS rows_in,
        SUM(held_rows) AS rows_there
    FROM both_sides
    GROUP BY table_name, batch_id
    HAVING SUM(unknown_files) = 0
)

SELECT
    table_name || ' of batch ' || CAST(batch_id AS VARCHAR(11)) AS account,
    rows_in,
    rows_there
FROM accounts
WHERE rows_in <> rows_there
ORDER BY table_name, batch_id
LIMIT 10;
