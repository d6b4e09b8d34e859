-- Temporary tables in the place of lake_events and songplays, of those plays only that the two do not plainly have in
-- common: where there is a play of the lake without a row of songplays, or the other way round, or where they differ.
-- All plays of such a key, and all its rows, are there; a play without a key, which no load would take, goes by -1.
-- What a row says beyond the lake (its songplay_id, its song) is held by the suite of songplays.
-- Reads whole tables. Runs after shadow/star and the loads of other tables.
CREATE TEMP TABLE differing_plays AS
WITH plays AS (
    SELECT
        sessionid,
        iteminsession,
        ts,
        userid,
        level,
        song,
        artist,
        length,
        location,
        useragent
    FROM :schema.lake_events
    WHERE page = 'NextSong'
)

SELECT DISTINCT
    COALESCE(plays.sessionid, held.session_id, -1) AS session_id,
    COALESCE(plays.iteminsession, held.item_in_session, -1) AS item_in_session
FROM plays
FULL JOIN :schema.songplays AS held
    ON
        plays.sessionid = held.session_id
        AND plays.iteminsession = held.item_in_session
WHERE
    CASE
        WHEN
            plays.ts = held.start_time
            AND plays.userid = held.user_id
            AND plays.level = held.level
            AND (plays.song = held.song_title OR (plays.song IS NULL AND held.song_title IS NULL))
            AND (plays.artist = held.artist_name OR (plays.artist IS NULL AND held.artist_name IS NULL))
            AND (plays.length = held.song_duration OR (plays.length IS NULL AND held.song_duration IS NULL))
            AND (plays.location = held.location OR (plays.location IS NULL AND held.location IS NULL))
            AND (plays.useragent = held.user_agent OR (plays.useragent IS NULL AND held.user_agent IS NULL))
            THEN 1
        ELSE 0
    END = 0;

CREATE TEMP TABLE differing_songplays AS
SELECT :columns
FROM :schema.songplays AS held
WHERE
    EXISTS (
        SELECT 1
        FROM differing_plays
        WHERE
            differing_plays.session_id = held.session_id
            AND differing_plays.item_in_session = held.item_in_session
    );

CREATE TEMP TABLE lake_events AS
SELECT :lake_columns
FROM :schema.lake_events AS events
WHERE
    EXISTS (
        SELECT 1
        FROM differing_plays
        WHERE
            differing_plays.session_id = COALESCE(events.sessionid, -1)
            AND differing_plays.item_in_session = COALESCE(events.iteminsession, -1)
    );
