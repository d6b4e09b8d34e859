-- Empty the star and the ledger, in the transaction that fills them again. DELETE, since TRUNCATE commits.
-- What batch_tables has of batches that nobody knows any more would mix with that of batches to come.
-- For each :star:
DELETE FROM :star;
-- End.
DELETE FROM quarantine;
DELETE FROM loaded_files;
DELETE FROM batch_tables
WHERE
    batch_id NOT IN (
        SELECT batch_id
        FROM batches
        WHERE status = 'published'
    );
