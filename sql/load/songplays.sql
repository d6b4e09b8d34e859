-- songplays
-- One row per play of the lake: per event of page NextSong, whose natural key is (session_id, item_in_session).
-- Reads lake_events, leaving_events, songs, songplays, and rematched_credits as load/songs leaves it. Of two versions
-- of a play the later wins; where its own leaves the lake, the latest that remains, or it is removed. Plays loaded
-- before their song are matched again. Versions meet by the natural key, of which all history is a fifteenth of the
-- bytes that all songplay_id are.
-- Returns one row: how many rows it wrote, how many of them the table did not have, and how many it removed.
CREATE TEMP TABLE written_songplays
DISTKEY (user_id)
AS
WITH doubtful AS (
    SELECT DISTINCT
        sessionid,
        iteminsession
    FROM leaving_events
    WHERE page = 'NextSong'
),

remaining AS (
    SELECT
        lake_events.sessionid AS session_id,
        lake_events.iteminsession AS item_in_session,
        lake_events.ts AS start_time,
        lake_events.userid AS user_id,
        lake_events.level,
        lake_events.song AS song_title,
        lake_events.artist AS artist_name,
        lake_events.length AS song_duration,
        lake_events.location,
        lake_events.useragent AS user_agent
    FROM lake_events
    WHERE
        lake_events.page = 'NextSong'
        AND EXISTS (
            SELECT 1
            FROM leaving_events
            WHERE
                leaving_events.page = 'NextSong'
                AND leaving_events.sessionid = lake_events.sessionid
                AND leaving_events.iteminsession = lake_events.iteminsession
        )
),

lost AS (
    SELECT
        songplays.session_id,
        songplays.item_in_session,
        songplays.start_time,
        songplays.user_id,
        songplays.level,
        songplays.song_title,
        songplays.artist_name,
        songplays.song_duration,
        songplays.location,
        songplays.user_agent
    FROM songplays
    INNER JOIN doubtful
        ON
            songplays.session_id = doubtful.sessionid
            AND songplays.item_in_session = doubtful.iteminsession
    EXCEPT
    SELECT *
    FROM remaining
),

loaded AS (
    SELECT songplays.*
    FROM songplays
    WHERE
        EXISTS (
            SELECT 1
            FROM lake_events
            WHERE
                lake_events.page = 'NextSong'
                AND lake_events.batch_id >= :from_batch_id
                AND lake_events.sessionid = songplays.session_id
                AND lake_events.iteminsession = songplays.item_in_session
        )
    UNION ALL
    SELECT songplays.*
    FROM songplays
    INNER JOIN doubtful
        ON
            songplays.session_id = doubtful.sessionid
            AND songplays.item_in_session = doubtful.iteminsession
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
        CAST(NULL AS VARCHAR(32)) AS song_id,
        CAST(NULL AS VARCHAR(32)) AS artist_id,
        0 AS is_loaded
    FROM lake_events
    WHERE page = 'NextSong' AND batch_id >= :from_batch_id
    UNION ALL
    SELECT
        remaining.*,
        CAST(NULL AS VARCHAR(32)) AS song_id,
        CAST(NULL AS VARCHAR(32)) AS artist_id,
        0 AS is_loaded
    FROM remaining
    UNION ALL
    SELECT
        loaded.session_id,
        loaded.item_in_session,
        loaded.start_time,
        loaded.user_id,
        loaded.level,
        loaded.song_title,
        loaded.artist_name,
        loaded.song_duration,
        loaded.location,
        loaded.user_agent,
        loaded.song_id,
        loaded.artist_id,
        1 AS is_loaded
    FROM loaded
    LEFT JOIN lost
        ON
            loaded.session_id = lost.session_id
            AND loaded.item_in_session = lost.item_in_session
    WHERE lost.session_id IS NULL
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

credits AS (
    SELECT
        song AS title,
        artist AS artist_name,
        length AS duration
    FROM lake_events
    WHERE page = 'NextSong' AND batch_id >= :from_batch_id
    UNION ALL
    SELECT
        song_title AS title,
        artist_name,
        song_duration AS duration
    FROM remaining
    UNION ALL
    SELECT
        song_title AS title,
        artist_name,
        song_duration AS duration
    FROM loaded
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
    WHERE
        EXISTS (
            SELECT 1
            FROM credits
            WHERE
                credits.title = songs.title
                AND credits.artist_name = songs.artist_name
                AND credits.duration = songs.duration
        )
)

SELECT
    ranked.session_id,
    ranked.item_in_session,
    ranked.start_time,
    ranked.user_id,
    ranked.level,
    ranked.song_title,
    ranked.artist_name,
    ranked.song_duration,
    ranked.location,
    ranked.user_agent,
    credited.song_id,
    credited.artist_id,
    CAST(
        MD5(CAST(ranked.session_id AS VARCHAR) || '-' || CAST(ranked.item_in_session AS VARCHAR)) AS CHAR(32)
    ) AS songplay_id,
    CASE WHEN there.session_id IS NULL THEN 0 ELSE 1 END AS is_there,
    0 AS is_removed
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
    )
UNION ALL
SELECT
    lost.*,
    CAST(NULL AS VARCHAR(32)) AS song_id,
    CAST(NULL AS VARCHAR(32)) AS artist_id,
    CAST(NULL AS CHAR(32)) AS songplay_id,
    1 AS is_there,
    1 AS is_removed
FROM lost
LEFT JOIN remaining
    ON
        lost.session_id = remaining.session_id
        AND lost.item_in_session = remaining.item_in_session
WHERE remaining.session_id IS NULL;

DELETE FROM songplays
USING written_songplays
WHERE
    songplays.session_id = written_songplays.session_id
    AND songplays.item_in_session = written_songplays.item_in_session;

INSERT INTO songplays (
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
)
SELECT
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
    :batch_id AS batch_id
FROM written_songplays
WHERE is_removed = 0;

SELECT
    COUNT(CASE WHEN is_removed = 0 THEN 1 END) AS rows_written,
    COUNT(CASE WHEN is_there = 0 THEN 1 END) AS rows_added,
    COUNT(CASE WHEN is_removed = 1 THEN 1 END) AS rows_removed
FROM written_songplays;
