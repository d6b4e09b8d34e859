-- Update the URLs of files in the ledger that have moved from one folder to another.
-- Runs after move/twice and move/quarantine, in the same transaction. Safe to rerun: a second run finds none to move.
UPDATE loaded_files
SET url = :new_folder || SUBSTRING(url, LEN(:old_folder) + 1, 2048)
WHERE dataset = :dataset AND LEFT(url, LEN(:old_folder)) = :old_folder;
