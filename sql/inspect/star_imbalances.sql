-- One row per table of the star that does not hold as many rows as the books of the last published batch say.
-- Reads whole tables.
WITH books AS (
    SELECT
        users_rows,
        artists_rows,
        songs_rows,
        time_rows,
        songplays_rows
    FROM batches
    WHERE status = 'published'
    ORDER BY batch_id DESC
    LIMIT 1
),

accounts AS (
    SELECT
        'users' AS account,
        (SELECT users_rows FROM books) AS rows_in,
        (SELECT COUNT(*) FROM users) AS rows_there
    UNION ALL
    SELECT
        'artists' AS account,
        (SELECT artists_rows FROM books) AS rows_in,
        (SELECT COUNT(*) FROM artists) AS rows_there
    UNION ALL
    SELECT
        'songs' AS account,
        (SELECT songs_rows FROM books) AS rows_in,
        (SELECT COUNT(*) FROM songs) AS rows_there
    UNION ALL
    SELECT
        'time' AS account,
        (SELECT time_rows FROM books) AS rows_in,
        (SELECT COUNT(*) FROM time) AS rows_there
    UNION ALL
    SELECT
        'songplays' AS account,
        (SELECT songplays_rows FROM books) AS rows_in,
        (SELECT COUNT(*) FROM songplays) AS rows_there
)

SELECT
    account,
    rows_in,
    rows_there
FROM accounts
WHERE rows_in <> rows_there
ORDER BY account;
