-- One row per table of the star whose row count differs from what the last published batch left, by batch_tables.
-- A table of which batch_tables has nothing must be empty. Reads whole tables.
WITH held AS (
    -- For each :star, with UNION ALL between:
    SELECT
        :star_name AS table_name,
        COUNT(*) AS rows_there
    FROM :star
    -- End.
),

published AS (
    SELECT MAX(batch_id) AS batch_id
    FROM batches
    WHERE status = 'published'
),

recorded AS (
    SELECT
        batch_tables.table_name,
        batch_tables.rows_after
    FROM batch_tables
    INNER JOIN published ON batch_tables.batch_id = published.batch_id
)

SELECT
    held.table_name AS account,
    COALESCE(recorded.rows_after, 0) AS rows_in,
    held.rows_there
FROM held
LEFT JOIN recorded ON held.table_name = recorded.table_name
WHERE COALESCE(recorded.rows_after, 0) <> held.rows_there
ORDER BY held.table_name;
