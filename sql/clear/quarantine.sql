-- Delete from quarantine the rows of earlier versions of the files that this batch loads.
-- Runs after copy/loaded_files, in the same transaction.
DELETE FROM quarantine
WHERE
    batch_id < :batch_id
    AND url IN (
        SELECT url
        FROM loaded_files
        WHERE batch_id = :batch_id
    );
