-- How many rows of a batch in songplays break each rule of its suite; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    (SELECT COUNT(*) - 14 FROM pg_attribute WHERE attrelid = 'songplays'::REGCLASS AND attnum > 0) AS columns,
    COUNT(*) FILTER (WHERE plays.songplay_id IS NULL) AS songplay_id,
    COUNT(*) FILTER (WHERE plays.start_time IS NULL) AS start_time,
    COUNT(*) FILTER (WHERE plays.user_id IS NULL) AS user_id,
    COUNT(*) FILTER (WHERE plays.level IS NULL) AS level,
    COUNT(*) FILTER (WHERE plays.session_id IS NULL) AS session_id,
    COUNT(*) FILTER (WHERE plays.item_in_session IS NULL) AS item_in_session,
    COUNT(*) FILTER (WHERE plays.song_title IS NULL) AS song_title,
    COUNT(*) FILTER (WHERE plays.artist_name IS NULL) AS artist_name,
    COUNT(*) FILTER (WHERE plays.song_duration IS NULL) AS song_duration,
    COUNT(*) FILTER (WHERE plays.batch_id IS NULL) AS batch_id,
    COUNT(*) FILTER (
        WHERE plays.songplay_id <> MD5(plays.session_id || '-' || plays.item_in_session)
    ) AS derived,
    COUNT(*) FILTER (
        WHERE plays.start_time < '2000-01-01' OR plays.start_time > LOCALTIMESTAMP + INTERVAL '1 day'
    ) AS moments,
    COUNT(*) FILTER (WHERE plays.start_time <> DATE_TRUNC('milliseconds', plays.start_time)) AS fractions,
    COUNT(*) FILTER (WHERE plays.level NOT IN ('free', 'paid')) AS levels,
    COUNT(*) FILTER (WHERE plays.session_id < 0) AS sessions,
    COUNT(*) FILTER (WHERE plays.item_in_session < 0) AS items,
    COUNT(*) FILTER (WHERE plays.song_duration <= 0 OR plays.song_duration > 3600) AS durations,
    COUNT(*) FILTER (WHERE plays.start_time IS NOT NULL AND time.start_time IS NULL) AS moment_is_known,
    COUNT(*) FILTER (WHERE plays.user_id IS NOT NULL AND users.user_id IS NULL) AS user_is_known,
    COUNT(*) FILTER (WHERE plays.song_id IS NOT NULL AND songs.song_id IS NULL) AS song_is_known,
    COUNT(*) FILTER (WHERE plays.artist_id IS NOT NULL AND artists.artist_id IS NULL) AS artist_is_known,
    COUNT(*) FILTER (WHERE (plays.song_id IS NULL) <> (plays.artist_id IS NULL)) AS song_comes_with_artist,
    COUNT(*) FILTER (
        WHERE songs.artist_id <> plays.artist_id
            OR songs.title <> plays.song_title
            OR songs.artist_name <> plays.artist_name
            OR songs.duration <> plays.song_duration
    ) AS song_is_the_one_played,
    COUNT(*) FILTER (
        WHERE found.song_id IS NOT NULL AND (plays.song_id IS NULL OR found.song_id < plays.song_id)
    ) AS song_is_found,
    (
        SELECT COUNT(*)
        FROM (
            SELECT session_id, item_in_session
            FROM songplays
            WHERE (session_id, item_in_session) IN (
                SELECT session_id, item_in_session FROM songplays WHERE batch_id = %(batch_id)s
            )
            GROUP BY 1, 2
            HAVING COUNT(*) > 1
        ) AS repeated
    ) AS copies
FROM songplays AS plays
LEFT JOIN time ON time.start_time = plays.start_time
LEFT JOIN users ON users.user_id = plays.user_id
LEFT JOIN songs ON songs.song_id = plays.song_id
LEFT JOIN artists ON artists.artist_id = plays.artist_id
LEFT JOIN (
    SELECT title, artist_name, duration, MIN(song_id) AS song_id FROM songs GROUP BY 1, 2, 3
) AS found
    ON found.title = plays.song_title
    AND found.artist_name = plays.artist_name
    AND found.duration = plays.song_duration
WHERE plays.batch_id = %(batch_id)s
