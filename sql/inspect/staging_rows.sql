-- One row: what staging holds, and how many of its rows are plays.
SELECT
    (SELECT COUNT(*) FROM staging_events) AS event_rows,
    (SELECT COUNT(*) FROM staging_songs) AS song_rows,
    (SELECT COUNT(CASE WHEN page = 'NextSong' THEN 1 END) FROM staging_events) AS play_rows;
