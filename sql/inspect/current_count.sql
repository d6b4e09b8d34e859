-- One row: of how many files the rows are in the lake tables.
SELECT COUNT(*) AS files
FROM loaded_files
WHERE is_current;
