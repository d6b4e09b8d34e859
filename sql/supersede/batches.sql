-- Enter that what some batches have loaded of a dataset is no longer current: another batch has taken its place.
UPDATE loaded_files
SET is_current = FALSE
WHERE dataset = :dataset AND batch_id IN :batch_ids AND is_current;
