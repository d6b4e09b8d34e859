-- One row: how many rows each table of the star holds.
SELECT
    (SELECT COUNT(*) FROM users) AS users_rows,
    (SELECT COUNT(*) FROM artists) AS artists_rows,
    (SELECT COUNT(*) FROM songs) AS songs_rows,
    (SELECT COUNT(*) FROM time) AS time_rows,
    (SELECT COUNT(*) FROM songplays) AS songplays_rows;
