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

new_plays AS (
    SELECT COUNT(*) AS new_play_rows
    FROM plays
    LEFT JOIN songplays
        ON
            plays.sessionid = songplays.session_id
            AND plays.iteminsession = songplays.item_in_session
    WHERE songplays.session_id IS NULL
)

SELECT
    (SELECT event_rows FROM events) AS event_rows,
    (SELECT COUNT(*) FROM staging_songs) AS song_rows,
    (SELECT play_rows FROM events) AS play_rows,
    (SELECT new_play_rows FROM new_plays) AS new_play_rows;
