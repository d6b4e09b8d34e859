-- Enter that the current versions of files are taken back: they are not loaded again.
UPDATE loaded_files
SET retracted_at = :now
WHERE dataset = :dataset AND url IN :urls AND is_current;
