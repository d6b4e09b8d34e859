-- One row per play: per event of page NextSong, whose natural key is (session_id, item_in_session).
-- Reads staging_events, songs, songplays, and rematched_credits as load/songs leaves it. Safe to rerun and in any
-- order: of two versions of a play the later wins, and plays loaded before their song are matched again. Versions meet
-- by the natural key, of which all history is a fifteenth of the bytes that all songplay_id are.
-- Returns one row: how many rows it wrote, and how many of them the table did not have.
CREATE TEMP TABLE written_songplays
DISTKEY (user_id)
AS
WITH staged AS (
    SELECT
        sessionid AS session_id,
        iteminsession AS item_in_session,
        ts AS start_time,
        userid AS user_id,
        level,
        song AS song_title,
        artist AS artist_name,
        length AS song_duration,
        location,
        useragent AS user_agent,
        CAST(MD5(CAST(sessionid AS VARCHAR) || '-' || CAST(iteminsession AS VARCHAR)) AS CHAR(32)) AS songplay_id
    FROM staging_events
    WHERE page = 'NextSong'
),

loaded AS (
    SELECT songplays.*
    FROM songplays
    WHERE
        EXISTS (
            SELECT 1
            FROM staging_events
            WHERE
                staging_events.page = 'NextSong'
                AND staging_events.sessionid = songplays.session_id
                AND staging_events.iteminsession = songplays.item_in_session
        )
    UNION ALL
    SELECT songplays.*
    FROM songplays
    INNER JOIN rematched_credits
        ON
            songplays.song_title = rematched_credits.title
            AND songplays.artist_name = rematched_credits.artist_name
            AND songplays.song_duration = rematched_credits.duration
),

there AS (
    SELECT DISTINCT
        session_id,
        item_in_session
    FROM loaded
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
        session_id,
        item_in_session,
        start_time,
        user_id,
        level,
        song_title,
        artist_name,
        song_duration,
        location,
        user_agent,
        songplay_id,
        song_id,
        artist_id,
        1 AS is_loaded
    FROM loaded
),

ranked AS (
    SELECT
        seen.*,
        ROW_NUMBER() OVER (
            PARTITION BY session_id, item_in_session
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

credited AS (
    SELECT
        title,
        artist_name,
        duration,
        song_id,
        artist_id,
        ROW_NUMBER() OVER (PARTITION BY title, artist_name, duration ORDER BY song_id) AS place
    FROM songs
)

SELECT
    ranked.songplay_id,
    ranked.start_time,
    ranked.user_id,
    ranked.level,
    credited.song_id,
    credited.artist_id,
    ranked.session_id,
    ranked.location,
    ranked.user_agent,
    ranked.item_in_session,
    ranked.song_title,
    ranked.artist_name,
    ranked.song_duration,
    CASE WHEN there.session_id IS NULL THEN 0 ELSE 1 END AS is_there
FROM ranked
LEFT JOIN there
    ON
        ranked.session_id = there.session_id
        AND ranked.item_in_session = there.item_in_session
LEFT JOIN credited
    ON
        ranked.song_title = credited.title
        AND ranked.artist_name = credited.artist_name
        AND ranked.song_duration = credited.duration
        AND credited.place = 1
WHERE
    ranked.place = 1
    AND (
        ranked.is_loaded = 0
        OR COALESCE(ranked.song_id, '') <> COALESCE(credited.song_id, '')
        OR COALESCE(ranked.artist_id, '') <> COALESCE(credited.artist_id, '')
    );

MERGE INTO songplays
USING written_songplays
    ON
        songplays.session_id = written_songplays.session_id
        AND songplays.item_in_session = written_songplays.item_in_session
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

SELECT
    COUNT(*) AS rows_written,
    COALESCE(SUM(1 - is_there), 0) AS rows_added
FROM written_songplays;
