-- One row: how many rows each table of the star holds, counted as far as its limit, and how many the ledger and
-- quarantine hold of one batch. Any rows do for that: to order them would read whole tables.
-- noqa: disable=AM09
SELECT
    (SELECT COUNT(*) FROM (SELECT 1 AS held FROM users LIMIT :users_rows) AS counted) AS users_rows,
    (SELECT COUNT(*) FROM (SELECT 1 AS held FROM artists LIMIT :artists_rows) AS counted) AS artists_rows,
    (SELECT COUNT(*) FROM (SELECT 1 AS held FROM songs LIMIT :songs_rows) AS counted) AS songs_rows,
    (SELECT COUNT(*) FROM (SELECT 1 AS held FROM time LIMIT :time_rows) AS counted) AS time_rows,
    (SELECT COUNT(*) FROM (SELECT 1 AS held FROM songplays LIMIT :songplays_rows) AS counted) AS songplays_rows,
    (
        SELECT COUNT(*)
        FROM loaded_files
        WHERE batch_id = :batch_id
    ) AS loaded_files_rows,
    (
        SELECT COUNT(*)
        FROM quarantine
        WHERE batch_id = :batch_id
    ) AS quarantine_rows;
