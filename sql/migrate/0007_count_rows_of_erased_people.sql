-- Nobody had been erased before erased_users came, which is a new table: of no file rows were left out.
ALTER TABLE batches ADD COLUMN rows_erased BIGINT DEFAULT 0;

ALTER TABLE loaded_files ADD COLUMN rows_erased BIGINT DEFAULT 0;
