-- Take the rows of a person out of a lake table, and enter how many in the ledger. Runs after leave/lake, whose table
-- of what has left the lake gets them too. Which file a row came from is known where its batch loaded one file alone;
-- of others rows_loaded and rows_erased are unknown from then on.
-- noqa: disable=RF02
UPDATE batches
SET rows_erased = COALESCE(batches.rows_erased, 0) + erased.row_count
FROM (
    SELECT
        batch_id,
        COUNT(*) AS row_count
    FROM :lake
    WHERE :person = :user_id
    GROUP BY batch_id
) AS erased
WHERE batches.batch_id = erased.batch_id;

UPDATE loaded_files
SET
    rows_loaded = CASE WHEN files.file_count = 1 THEN loaded_files.rows_loaded - erased.row_count END,
    rows_erased = CASE WHEN files.file_count = 1 THEN loaded_files.rows_erased + erased.row_count END
FROM
    (
        SELECT
            batch_id,
            COUNT(*) AS row_count
        FROM :lake
        WHERE :person = :user_id
        GROUP BY batch_id
    ) AS erased
INNER JOIN (
    SELECT
        batch_id,
        COUNT(*) AS file_count
    FROM loaded_files
    WHERE dataset = :dataset AND is_current
    GROUP BY batch_id
) AS files ON erased.batch_id = files.batch_id
WHERE
    loaded_files.batch_id = erased.batch_id
    AND loaded_files.dataset = :dataset
    AND loaded_files.is_current;

INSERT INTO :leaving (:columns)
SELECT :columns
FROM :lake
WHERE :person = :user_id;

ANALYZE :leaving;

DELETE FROM :lake
WHERE :person = :user_id;
