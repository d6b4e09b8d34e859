-- One row per play: per event of page NextSong, whose natural key is (session_id, item_in_session).
-- Reads staging_events, songs, songplays, and rematched_credits as load/songs leaves it. Safe to rerun and in any
-- order: of two versions of a play the later wins, and plays loaded before their song are matched again.
CREATE TEMP TABLE written_songplays
DISTKEY (user_id)
AS
WITH staged AS (
    SELECT DISTINCT
        CAST(MD5(CAST(sessionid AS VARCHAR) || '-' || CAST(iteminsession AS VARCHAR)) AS CHAR(32)) AS songplay_id,
        ts AS start_time,
        userid AS user_id,
        level,
        sessionid AS session_id,
        location,
        useragent AS user_agent,
        iteminsession AS item_in_session,
        song AS song_title,
        artist AS artist_name,
        length AS song_duration
    FROM staging_events
    WHERE page = 'NextSong'
),

met AS (
    SELECT DISTINCT songplay_id
    FROM staged
),

seen AS (
    SELECT
        staged.*,
        CAST(NULL AS VARCHAR(32)) AS song_id,
        CAST(NULL AS VARCHAR(32)) AS artist_id,
        0 AS is_loaded
    FROM staged
    UNION ALL
    SELECT
        songplays.songplay_id,
        songplays.start_time,
        songplays.user_id,
        songplays.level,
        songplays.session_id,
        songplays.location,
        songplays.user_agent,
        songplays.item_in_session,
        songplays.song_title,
        songplays.artist_name,
        songplays.song_duration,
        songplays.song_id,
        songplays.artist_id,
        1 AS is_loaded
    FROM songplays
    INNER JOIN met ON songplays.songplay_id = met.songplay_id
),

ranked AS (
    SELECT
        seen.*,
        ROW_NUMBER() OVER (
            PARTITION BY songplay_id
            ORDER BY
                start_time DESC,
                user_id ASC,
                level DESC,
                song_title ASC NULLS LAST,
                artist_name ASC NULLS LAST,
                song_duration ASC NULLS LAST,
                location ASC NULLS LAST,
                user_agent ASC NULLS LAST,
                is_loaded DESC
        ) AS place
    FROM seen
),

candidates AS (
    SELECT
        songplay_id,
        start_time,
        user_id,
        level,
        session_id,
        location,
        user_agent,
        item_in_session,
        song_title,
        artist_name,
        song_duration,
        song_id,
        artist_id,
        is_loaded
    FROM ranked
    WHERE place = 1
    UNION ALL
    SELECT
        songplays.songplay_id,
        songplays.start_time,
        songplays.user_id,
        songplays.level,
        songplays.session_id,
        songplays.location,
        songplays.user_agent,
        songplays.item_in_session,
        songplays.song_title,
        songplays.artist_name,
        songplays.song_duration,
        songplays.song_id,
        songplays.artist_id,
        1 AS is_loaded
    FROM songplays
    INNER JOIN rematched_credits
        ON
            songplays.song_title = rematched_credits.title
            AND songplays.artist_name = rematched_credits.artist_name
            AND songplays.song_duration = rematched_credits.duration
    LEFT JOIN staged ON songplays.songplay_id = staged.songplay_id
    WHERE staged.songplay_id IS NULL
),

matches AS (
    SELECT
        candidates.songplay_id,
        MIN(songs.song_id) AS song_id
    FROM candidates
    INNER JOIN songs
        ON
            candidates.song_title = songs.title
            AND candidates.artist_name = songs.artist_name
            AND candidates.song_duration = songs.duration
    GROUP BY candidates.songplay_id
)

SELECT
    candidates.songplay_id,
    candidates.start_time,
    candidates.user_id,
    candidates.level,
    matches.song_id,
    songs.artist_id,
    candidates.session_id,
    candidates.location,
    candidates.user_agent,
    candidates.item_in_session,
    candidates.song_title,
    candidates.artist_name,
    candidates.song_duration
FROM candidates
LEFT JOIN matches ON candidates.songplay_id = matches.songplay_id
LEFT JOIN songs ON matches.song_id = songs.song_id
WHERE
    candidates.is_loaded = 0
    OR COALESCE(candidates.song_id, '') <> COALESCE(matches.song_id, '')
    OR COALESCE(candidates.artist_id, '') <> COALESCE(songs.artist_id, '');

MERGE INTO songplays
USING written_songplays
    ON songplays.songplay_id = written_songplays.songplay_id
WHEN MATCHED THEN
    UPDATE
        SET
            start_time = written_songplays.start_time,
            user_id = written_songplays.user_id,
            level = written_songplays.level,
            song_id = written_songplays.song_id,
            artist_id = written_songplays.artist_id,
            session_id = written_songplays.session_id,
            location = written_songplays.location,
            user_agent = written_songplays.user_agent,
            item_in_session = written_songplays.item_in_session,
            song_title = written_songplays.song_title,
            artist_name = written_songplays.artist_name,
            song_duration = written_songplays.song_duration,
            batch_id = :batch_id
WHEN NOT MATCHED THEN INSERT (
    songplay_id,
    start_time,
    user_id,
    level,
    song_id,
    artist_id,
    session_id,
    location,
    user_agent,
    item_in_session,
    song_title,
    artist_name,
    song_duration,
    batch_id
) VALUES (
    written_songplays.songplay_id,
    written_songplays.start_time,
    written_songplays.user_id,
    written_songplays.level,
    written_songplays.song_id,
    written_songplays.artist_id,
    written_songplays.session_id,
    written_songplays.location,
    written_songplays.user_agent,
    written_songplays.item_in_session,
    written_songplays.song_title,
    written_songplays.artist_name,
    written_songplays.song_duration,
    :batch_id
);
