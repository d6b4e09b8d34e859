-- One row, or none before anything was published: how fresh is the star, and what did not get in?
-- Reads batches, songplays, time, users, songs, artists, loaded_files, quarantine. The last batch is the one that was
-- published last.
-- Columns: batch_id, published_at, event_rows and song_rows of the last batch; last_played_at is the latest play;
-- plays, users, songs, artists, files and quarantined_rows count what the tables hold; failed_runs_since count
-- from the last batch.
WITH last_batch AS (
    SELECT MAX(batch_id) AS batch_id
    FROM batches
    WHERE status = 'published'
)

SELECT
    batches.batch_id,
    batches.published_at,
    batches.event_rows,
    batches.song_rows,
    (SELECT MAX(time.start_time) FROM time) AS last_played_at,
    (SELECT COUNT(*) FROM songplays) AS plays,
    (SELECT COUNT(*) FROM users) AS users,
    (SELECT COUNT(*) FROM songs) AS songs,
    (SELECT COUNT(*) FROM artists) AS artists,
    (SELECT COUNT(*) FROM loaded_files) AS files,
    (SELECT COUNT(*) FROM quarantine) AS quarantined_rows,
    (
        SELECT COUNT(*)
        FROM batches AS later
        INNER JOIN last_batch AS published ON later.batch_id > published.batch_id
        WHERE later.status IN ('failed', 'abandoned')
    ) AS failed_runs_since
FROM batches
INNER JOIN last_batch ON batches.batch_id = last_batch.batch_id;
