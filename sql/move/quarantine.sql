-- Update the URLs in quarantine of files that have moved from one folder to another.
-- Where a file has been loaded from the new folder too, its rows of the old one are deleted, and the batch that had
-- quarantined them no longer counts them. Safe to rerun: a second run finds none to move.
-- Runs before move/loaded_files, in the same transaction.
-- noqa: disable=RF02
UPDATE batches
SET quarantined_rows = batches.quarantined_rows - doubled.quarantined_rows
FROM (
    SELECT
        batch_id,
        COUNT(*) AS quarantined_rows
    FROM quarantine
    WHERE
        dataset = :dataset
        AND LEFT(url, LEN(:old_folder)) = :old_folder
        AND :new_folder || SUBSTRING(url, LEN(:old_folder) + 1, 2048) IN (
            SELECT url
            FROM loaded_files
            WHERE dataset = :dataset AND LEFT(url, LEN(:new_folder)) = :new_folder
        )
    GROUP BY batch_id
) AS doubled
WHERE batches.batch_id = doubled.batch_id;

DELETE FROM quarantine
WHERE
    dataset = :dataset
    AND LEFT(url, LEN(:old_folder)) = :old_folder
    AND :new_folder || SUBSTRING(url, LEN(:old_folder) + 1, 2048) IN (
        SELECT url
        FROM loaded_files
        WHERE dataset = :dataset AND LEFT(url, LEN(:new_folder)) = :new_folder
    );

UPDATE quarantine
SET url = :new_folder || SUBSTRING(url, LEN(:old_folder) + 1, 2048)
WHERE dataset = :dataset AND LEFT(url, LEN(:old_folder)) = :old_folder;
