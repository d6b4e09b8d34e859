-- One row per table of the star whose row count differs from that in batches, which inspect/star_rows reads.
-- Reads whole tables.
WITH accounts AS (
    SELECT
        'users' AS account,
        :users_rows AS rows_in,
        COUNT(*) AS rows_there
    FROM users
    UNION ALL
    SELECT
        'artists' AS account,
        :artists_rows AS rows_in,
        COUNT(*) AS rows_there
    FROM artists
    UNION ALL
    SELECT
        'songs' AS account,
        :songs_rows AS rows_in,
        COUNT(*) AS rows_there
    FROM songs
    UNION ALL
    SELECT
        'time' AS account,
        :time_rows AS rows_in,
        COUNT(*) AS rows_there
    FROM time
    UNION ALL
    SELECT
        'songplays' AS account,
        :songplays_rows AS rows_in,
        COUNT(*) AS rows_there
    FROM songplays
)

SELECT
    account,
    rows_in,
    rows_there
FROM accounts
WHERE rows_in <> rows_there
ORDER BY account;
