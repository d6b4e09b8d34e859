-- One row, or none before anything was published: how fresh is the star, and what did not get in?
-- Reads batches, songplays, users, songs, artists, loaded_files, quarantine. The last batch is the one published last.
-- Columns: batch_id, published_at, event_rows and song_rows of the last batch; last_played_at is the latest play;
-- plays, users, songs, artists, files and quarantined_rows count what the tables hold.
SELECT
    batches.batch_id,
    batches.published_at,
    batches.event_rows,
    batches.song_rows,
    (SELECT MAX(songplays.start_time) FROM songplays) AS last_played_at,
    (SELECT COUNT(*) FROM songplays) AS plays,
    (SELECT COUNT(*) FROM users) AS users,
    (SELECT COUNT(*) FROM songs) AS songs,
    (SELECT COUNT(*) FROM artists) AS artists,
    (SELECT COUNT(*) FROM loaded_files) AS files,
    (SELECT COUNT(*) FROM quarantine) AS quarantined_rows
FROM batches
WHERE batches.status = 'published'
ORDER BY batches.batch_id DESC
LIMIT 1;
