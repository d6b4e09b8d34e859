-- Empty the star and the lake tables, in the transaction that fills them again. DELETE, since TRUNCATE commits.
-- The ledger keeps the versions that were loaded, of which none is current until it is loaded again. What batch_tables
-- has of batches that nobody knows any more would mix with that of batches to come.
-- For each :star:
DELETE FROM :star;
-- End.
-- For each :lake:
DELETE FROM :lake;
-- End.
DELETE FROM quarantine;
UPDATE loaded_files
SET is_current = FALSE
WHERE is_current;
DELETE FROM batch_tables
WHERE
    batch_id NOT IN (
        SELECT batch_id
        FROM batches
        WHERE status = 'published'
    );
