-- One row per play: what has this user listened to, the latest first?
-- Reads songplays, songs.
-- Columns: start_time, song_title, artist_name; year of the song, NULL where it is not known; level, session_id.
-- :user_id: the user.
-- :places = 10: how many plays.
SELECT
    songplays.start_time,
    songplays.song_title,
    songplays.artist_name,
    songs.year,
    songplays.level,
    songplays.session_id
FROM songplays
LEFT JOIN songs ON songplays.song_id = songs.song_id
WHERE songplays.user_id = :user_id
ORDER BY songplays.start_time DESC, songplays.session_id DESC, songplays.item_in_session DESC
LIMIT :places;
