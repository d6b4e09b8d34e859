-- One row: how many rows each table of the star holds, by the last published batch in batches; none before the first.
-- Counting the tables themselves would cost more with each day of history: sparkify audit does.
SELECT
    users_rows,
    artists_rows,
    songs_rows,
    time_rows,
    songplays_rows
FROM batches
WHERE status = 'published'
ORDER BY batch_id DESC
LIMIT 1;
