-- Enter that files are in the lake again.
UPDATE loaded_files
SET missing_since = NULL
WHERE dataset = :dataset AND url IN :urls AND missing_since IS NOT NULL;
