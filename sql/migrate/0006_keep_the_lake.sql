-- The lake tables are new, and the star is computed from them. What was loaded before is not in them, so none of it is
-- current: the next run reads it again, and finds the same rows in the star.
ALTER TABLE loaded_files ADD COLUMN is_current BOOLEAN DEFAULT FALSE NOT NULL;

ALTER TABLE loaded_files ADD COLUMN missing_since TIMESTAMP;

ALTER TABLE loaded_files ADD COLUMN retracted_at TIMESTAMP;
