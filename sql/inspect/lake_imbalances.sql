-- One row per lake table and batch of which the table has other rows than the ledger has for its current files, and
-- one per current file of which the ledger has other rows than were scanned there, less those in quarantine and those
-- of erased people; at most 10. Where the rows of a file are unknown, so is what is due. A version that gives way has
-- no rows in quarantine any more, see move/twice. Reads whole tables.
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

quarantined AS (
    SELECT
        batch_id,
        url,
        COUNT(*) AS row_count
    FROM quarantine
    GROUP BY
        batch_id,
        url
),

accounts AS (
    SELECT
        table_name,
        batch_id,
        table_name || ' of batch ' || CAST(batch_id AS VARCHAR(11)) AS account,
        SUM(loaded_rows) AS rows_in,
        SUM(held_rows) AS rows_there
    FROM both_sides
    GROUP BY table_name, batch_id
    HAVING SUM(unknown_files) = 0
    UNION ALL
    SELECT
        'lake_' || loaded_files.dataset AS table_name,
        loaded_files.batch_id,
        'lake_' || loaded_files.dataset || ' of ' || loaded_files.url AS account,
        loaded_files.rows_scanned - COALESCE(quarantined.row_count, 0) - loaded_files.rows_erased AS rows_in,
        loaded_files.rows_loaded AS rows_there
    FROM loaded_files
    LEFT JOIN quarantined
        ON
            loaded_files.batch_id = quarantined.batch_id
            AND loaded_files.url = quarantined.url
    WHERE loaded_files.is_current AND loaded_files.retracted_at IS NULL
)

SELECT
    account,
    rows_in,
    rows_there
FROM accounts
WHERE rows_in <> rows_there
ORDER BY table_name, batch_id, account
LIMIT 10;
