-- Enter that what some batches have loaded of a dataset is no longer current: another batch has taken its place. What
-- they had quarantined leaves with it; of files that are loaded again the other batch has it anew.
UPDATE loaded_files
SET is_current = FALSE
WHERE dataset = :dataset AND batch_id IN :batch_ids AND is_current;

DELETE FROM quarantine
WHERE dataset = :dataset AND batch_id IN :batch_ids;
