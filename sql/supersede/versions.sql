-- Keep one row of each version that a batch has loaded again: its own. Delete from quarantine the rows of earlier
-- versions of the files that it loads, which were not current any more. Runs after copy/loaded_files, in the same
-- transaction.
DELETE FROM loaded_files
WHERE
    batch_id < :batch_id
    AND EXISTS (
        SELECT 1
        FROM loaded_files AS again
        WHERE
            again.batch_id = :batch_id
            AND again.url = loaded_files.url
            AND again.etag = loaded_files.etag
    );

DELETE FROM quarantine
WHERE
    batch_id < :batch_id
    AND url IN (
        SELECT url
        FROM loaded_files
        WHERE batch_id = :batch_id
    );
