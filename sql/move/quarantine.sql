-- Update the URLs in quarantine of files that have moved from one folder to another.
-- The rows of a version that gives way are deleted, and the batch that had quarantined them no longer counts them. Safe
-- to rerun: a second run finds none to move. Runs after move/twice, in the same transaction.
-- noqa: disable=RF02
UPDATE batches
SET quarantined_rows = batches.quarantined_rows - twice.quarantined_rows
FROM (
    SELECT
        batch_id,
        COUNT(*) AS quarantined_rows
    FROM quarantine
    WHERE
        dataset = :dataset
        AND LEFT(url, LEN(:old_folder)) = :old_folder
        AND url IN (
            SELECT url
            FROM loaded_files
            WHERE dataset = :dataset AND is_current AND retracted_at IS NOT NULL
        )
    GROUP BY batch_id
) AS twice
WHERE batches.batch_id = twice.batch_id;

DELETE FROM quarantine
WHERE
    dataset = :dataset
    AND LEFT(url, LEN(:old_folder)) = :old_folder
    AND url IN (
        SELECT url
        FROM loaded_files
        WHERE dataset = :dataset AND is_current AND retracted_at IS NOT NULL
    );

UPDATE quarantine
SET url = :new_folder || SUBSTRING(url, LEN(:old_folder) + 1, 2048)
WHERE dataset = :dataset AND LEFT(url, LEN(:old_folder)) = :old_folder;
