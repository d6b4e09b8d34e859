-- One row per dataset and days without rows that follow each other, between its first day and its last: the first and
-- the last of them. None where days have few rows, which chance may leave without any, or where an older release has
-- loaded some batches, which counted no days. Reads only.
WITH loaded AS (
    SELECT DISTINCT
        dataset,
        batch_id
    FROM loaded_files
    WHERE is_current
),

uncounted AS (
    SELECT DISTINCT loaded.dataset
    FROM loaded
    INNER JOIN batches ON loaded.batch_id = batches.batch_id
    WHERE batches.code_version IS NULL
),

days AS (
    SELECT
        batch_columns.dataset,
        batch_columns.value,
        SUM(batch_columns.rows_counted) AS day_rows
    FROM batch_columns
    INNER JOIN loaded ON batch_columns.dataset = loaded.dataset AND batch_columns.batch_id = loaded.batch_id
    LEFT JOIN uncounted ON batch_columns.dataset = uncounted.dataset
    WHERE batch_columns.column_name = 'ts' AND LEN(batch_columns.value) = 10 AND uncounted.dataset IS NULL
    GROUP BY batch_columns.dataset, batch_columns.value
),

usual AS (
    SELECT
        dataset,
        MEDIAN(day_rows) AS day_rows
    FROM days
    GROUP BY dataset
),

followed AS (
    SELECT
        dataset,
        CAST(value AS DATE) AS first_day,
        CAST(LEAD(value) OVER (PARTITION BY dataset ORDER BY value) AS DATE) AS next_day
    FROM days
)

SELECT
    followed.dataset,
    CAST(DATEADD(DAY, 1, followed.first_day) AS DATE) AS first_day,
    CAST(DATEADD(DAY, -1, followed.next_day) AS DATE) AS last_day
FROM followed
INNER JOIN usual ON followed.dataset = usual.dataset
WHERE DATEDIFF(DAY, followed.first_day, followed.next_day) > 1 AND usual.day_rows >= 30
ORDER BY followed.dataset, followed.first_day;
