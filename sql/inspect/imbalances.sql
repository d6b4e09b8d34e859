-- One row per row count of the batch that does not balance, at most 10: the expected rows, and those that were found.
-- Reads the ledger, quarantine and batch_tables as this batch has written them, staging, and the rows of the star that
-- it wrote. staging_events_rows, of table staging_events, are what COPY loaded, without what was quarantined since, and
-- without the rows of erased people; where the rows of files are unknown, the ledger is not compared with them.
-- new_play_rows was counted before the star was touched; the star must have the rows that loads returned.
WITH quarantined AS (
    SELECT
        url,
        COUNT(*) AS row_count
    FROM quarantine
    WHERE batch_id = :batch_id
    GROUP BY url
),

files AS (
    SELECT
        loaded_files.url,
        loaded_files.dataset,
        loaded_files.rows_scanned,
        loaded_files.rows_loaded,
        loaded_files.rows_erased,
        COALESCE(quarantined.row_count, 0) AS rows_quarantined
    FROM loaded_files
    LEFT JOIN quarantined ON loaded_files.url = quarantined.url
    WHERE loaded_files.batch_id = :batch_id
),

accounts AS (
    SELECT
        url AS account,
        rows_scanned AS rows_in,
        rows_loaded + rows_quarantined + rows_erased AS rows_there
    FROM files
    UNION ALL
    -- For each :staging, with UNION ALL between:
    SELECT
        :staging_name AS account,
        :staging_rows AS rows_in,
        COUNT(*) AS rows_there
    FROM :staging
    UNION ALL
    SELECT
        'loaded from files of ' || SUBSTRING(:staging_name, 9) AS account,
        :staging_rows AS rows_in,
        CASE
            WHEN COUNT(*) = COUNT(rows_loaded) THEN COALESCE(SUM(rows_loaded), 0)
            ELSE :staging_rows
        END AS rows_there
    FROM files
    WHERE 'staging_' || dataset = :staging_name
    -- End.
    UNION ALL
    SELECT
        'loaded_files' AS account,
        :loaded_files_rows AS rows_in,
        COUNT(*) AS rows_there
    FROM files
    UNION ALL
    SELECT
        'quarantine' AS account,
        :quarantined_rows AS rows_in,
        COALESCE(SUM(row_count), 0) AS rows_there
    FROM quarantined
    UNION ALL
    -- For each :star, with UNION ALL between:
    SELECT
        :star_name AS account,
        0 AS rows_in,
        COUNT(*) AS rows_there
    FROM :star
    WHERE batch_id = :batch_id
    UNION ALL
    SELECT
        :star_name AS account,
        COALESCE(SUM(rows_added + rows_changed), 0) AS rows_in,
        0 AS rows_there
    FROM batch_tables
    WHERE batch_id = :batch_id AND table_name = :star_name
    -- End.
    UNION ALL
    SELECT
        'plays added' AS account,
        :new_play_rows AS rows_in,
        :plays_added_rows AS rows_there
)

SELECT
    account,
    CAST(SUM(rows_in) AS BIGINT) AS rows_in,
    CAST(SUM(rows_there) AS BIGINT) AS rows_there
FROM accounts
GROUP BY account
HAVING SUM(rows_in) <> SUM(rows_there)
ORDER BY account
LIMIT 10;
