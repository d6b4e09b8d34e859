-- One row: what staging holds, how many of its rows are plays, and how many plays among them songplays lacks.
-- Runs before the star is loaded.
WITH events AS (
    SELECT
        COUNT(*) AS event_rows,
        COUNT(CASE WHEN page = 'NextSong' THEN 1 END) AS play_rows
    FROM staging_events
),

plays AS (
    SELECT DISTINCT
        sessionid,
        iteminsession
    FROM staging_events
    WHERE page = 'NextSong'
),

keyed_plays AS (
    SELECT CAST(MD5(CAST(sessionid AS VARCHAR) || '-' || CAST(iteminsession AS VARCHAR)) AS CHAR(32)) AS songplay_id
    FROM plays
),

present_plays AS (
    SELECT COUNT(DISTINCT songplays.songplay_id) AS present_play_rows
    FROM keyed_plays
    INNER JOIN songplays ON keyed_plays.songplay_id = songplays.songplay_id
)

SELECT
    (SELECT event_rows FROM events) AS event_rows,
    (SELECT COUNT(*) FROM staging_songs) AS song_rows,
    (SELECT play_rows FROM events) AS play_rows,
    (SELECT COUNT(*) FROM plays) - (SELECT present_play_rows FROM present_plays) AS new_play_rows;
