-- Empty the star, in the transaction that fills it again. DELETE, since TRUNCATE commits.
-- What batch_tables has of batches that nobody knows any more would mix with that of batches to come.
-- For each :star:
DELETE FROM :star;
-- End.
DELETE FROM batch_tables
WHERE
    batch_id NOT IN (
        SELECT batch_id
        FROM batches
        WHERE status = 'published'
    );
