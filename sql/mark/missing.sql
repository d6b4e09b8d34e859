-- Enter since when files are no longer in the lake.
UPDATE loaded_files
SET missing_since = :now
WHERE dataset = :dataset AND url IN :urls AND is_current AND missing_since IS NULL;
