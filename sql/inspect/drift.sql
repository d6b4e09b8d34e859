-- One row per key that the objects of a dataset were seen to have, per column, value and day of a batch, and per batch
-- and day of the lake around those of the batch: what there is to hold a batch against, and what it has itself.
-- Days: from 56 days before the first of the batch, or the latest before that, to the first that comes after it; of
-- batches whose files are current, and of none where an older release has loaded some, which counted no days. Reads
-- only.
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
        batch_columns.batch_id,
        batch_columns.rows_counted
    FROM batch_columns
    INNER JOIN loaded ON batch_columns.dataset = loaded.dataset AND batch_columns.batch_id = loaded.batch_id
    LEFT JOIN uncounted ON batch_columns.dataset = uncounted.dataset
    WHERE batch_columns.column_name = 'ts' AND LEN(batch_columns.value) = 10 AND uncounted.dataset IS NULL
),

own AS (
    SELECT
        dataset,
        MIN(value) AS first_day,
        MAX(value) AS last_day
    FROM batch_columns
    WHERE batch_id = :batch_id AND column_name = 'ts' AND LEN(value) = 10
    GROUP BY dataset
),

bounds AS (
    SELECT
        own.dataset,
        LEAST(
            TO_CHAR(DATEADD(DAY, -56, CAST(MIN(own.first_day) AS DATE)), 'YYYY-MM-DD'),
            MAX(CASE WHEN days.value < own.first_day THEN days.value END)
        ) AS first_day,
        COALESCE(MIN(CASE WHEN days.value > own.last_day THEN days.value END), MAX(own.last_day)) AS last_day
    FROM own
    LEFT JOIN days ON own.dataset = days.dataset
    GROUP BY own.dataset
)

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
WHERE batch_id = :batch_id
UNION ALL
SELECT
    'day' AS kind,
    days.dataset,
    'ts' AS name,
    days.value,
    days.rows_counted AS first_number,
    CAST(days.batch_id AS BIGINT) AS last_number,
    CAST(NULL AS DOUBLE PRECISION) AS row_share
FROM days
INNER JOIN bounds ON days.dataset = bounds.dataset
WHERE days.value BETWEEN bounds.first_day AND bounds.last_day;
