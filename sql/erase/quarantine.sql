-- Delete from quarantine the lines of a person, and enter how many in the ledger: those whose text has the person's
-- number, by a pattern of text in lower case.
-- noqa: disable=RF02
UPDATE batches
SET
    quarantined_rows = batches.quarantined_rows - erased.row_count,
    rows_erased = COALESCE(batches.rows_erased, 0) + erased.row_count
FROM (
    SELECT
        batch_id,
        COUNT(*) AS row_count
    FROM quarantine
    WHERE dataset = :dataset AND LOWER("raw") ~ :is_of_person
    GROUP BY batch_id
) AS erased
WHERE batches.batch_id = erased.batch_id;

UPDATE loaded_files
SET
    rows_quarantined = loaded_files.rows_quarantined - erased.row_count,
    rows_erased = loaded_files.rows_erased + erased.row_count
FROM (
    SELECT
        batch_id,
        url,
        COUNT(*) AS row_count
    FROM quarantine
    WHERE dataset = :dataset AND LOWER("raw") ~ :is_of_person
    GROUP BY
        batch_id,
        url
) AS erased
WHERE
    loaded_files.batch_id = erased.batch_id
    AND loaded_files.url = erased.url
    AND loaded_files.dataset = :dataset;

DELETE FROM quarantine
WHERE dataset = :dataset AND LOWER("raw") ~ :is_of_person;
