-- Update the URLs of files in the ledger that have moved from one folder to another.
-- What has been loaded from the new folder too stays as it was loaded from there; the batch that loaded it from the old
-- one no longer counts it. Safe to rerun: a second run finds none to move.
-- noqa: disable=AL04,RF02
UPDATE batches
SET files = batches.files - doubled.files
FROM (
    SELECT
        batch_id,
        COUNT(*) AS files
    FROM loaded_files
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

DELETE FROM loaded_files
WHERE
    dataset = :dataset
    AND LEFT(url, LEN(:old_folder)) = :old_folder
    AND :new_folder || SUBSTRING(url, LEN(:old_folder) + 1, 2048) IN (
        SELECT url
        FROM loaded_files
        WHERE dataset = :dataset AND LEFT(url, LEN(:new_folder)) = :new_folder
    );

UPDATE loaded_files
SET url = :new_folder || SUBSTRING(url, LEN(:old_folder) + 1, 2048)
WHERE dataset = :dataset AND LEFT(url, LEN(:old_folder)) = :old_folder;
