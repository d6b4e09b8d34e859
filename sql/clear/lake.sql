-- Empty the lake tables and quarantine, in the transaction that fills them again. DELETE, since TRUNCATE commits.
-- The ledger keeps the versions that were loaded, of which none is current until it is loaded again.
-- For each :lake:
DELETE FROM :lake;
-- End.
DELETE FROM quarantine;
UPDATE loaded_files
SET is_current = FALSE
WHERE is_current;
