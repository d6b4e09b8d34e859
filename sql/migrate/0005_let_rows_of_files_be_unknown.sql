-- The load history need not tell the rows of files: both columns may be NULL. Redshift cannot take NOT NULL from a
-- column, so each is put back as another of its name, with its values. A rerun does the same once more.
ALTER TABLE loaded_files ADD COLUMN rows_scanned_or_null BIGINT;

ALTER TABLE loaded_files ADD COLUMN rows_loaded_or_null BIGINT;

UPDATE loaded_files
SET
    rows_scanned_or_null = rows_scanned,
    rows_loaded_or_null = rows_loaded;

ALTER TABLE loaded_files DROP COLUMN rows_scanned;

ALTER TABLE loaded_files DROP COLUMN rows_loaded;

ALTER TABLE loaded_files RENAME COLUMN rows_scanned_or_null TO rows_scanned;

ALTER TABLE loaded_files RENAME COLUMN rows_loaded_or_null TO rows_loaded;
