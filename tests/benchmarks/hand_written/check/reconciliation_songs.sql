-- What of the staged songs the star lacks; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    COUNT(*) FILTER (WHERE songs.song_id IS NULL) AS song_is_loaded,
    COUNT(*) FILTER (WHERE artists.artist_id IS NULL) AS artist_is_loaded
FROM staging_songs AS staged
LEFT JOIN songs ON songs.song_id = staged.song_id
LEFT JOIN artists ON artists.artist_id = staged.artist_id
