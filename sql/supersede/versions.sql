-- Keep one row of each version that a batch has loaded again: its own. Runs after copy/loaded_files.
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
