-- One row per table of which batch_tables has the rows that the last published batch left in it, one if it has none;
-- each with what the lake tables hold from a batch on, how many of these rows are plays, how many plays among them
-- songplays lacks, and the time of the newest event; and the first and the last moment of a play that arrives or
-- leaves, NULL without any. Runs before the star is loaded.
WITH events AS (
    SELECT
        COUNT(*) AS event_rows,
        COUNT(CASE WHEN page = 'NextSong' THEN 1 END) AS play_rows,
        MAX(ts) AS newest_event_at
    FROM lake_events
    WHERE batch_id >= :from_batch_id
),

plays AS (
    SELECT DISTINCT
        sessionid,
        iteminsession
    FROM lake_events
    WHERE page = 'NextSong' AND batch_id >= :from_batch_id
),

new_plays AS (
    SELECT COUNT(*) AS new_play_rows
    FROM plays
    LEFT JOIN songplays
        ON
            plays.sessionid = songplays.session_id
            AND plays.iteminsession = songplays.item_in_session
    WHERE songplays.session_id IS NULL
),

moments AS (
    SELECT
        MIN(ts) AS first_moment,
        MAX(ts) AS last_moment
    FROM (
        SELECT ts
        FROM lake_events
        WHERE page = 'NextSong' AND batch_id >= :from_batch_id
        UNION ALL
        SELECT ts
        FROM leaving_events
        WHERE page = 'NextSong'
    ) AS played
),

published AS (
    SELECT MAX(batch_id) AS batch_id
    FROM batches
    WHERE status = 'published'
)

SELECT
    (SELECT events.event_rows FROM events) AS event_rows,
    (
        SELECT COUNT(*)
        FROM lake_songs
        WHERE lake_songs.batch_id >= :from_batch_id
    ) AS song_rows,
    (SELECT events.play_rows FROM events) AS play_rows,
    (SELECT new_plays.new_play_rows FROM new_plays) AS new_play_rows,
    (SELECT events.newest_event_at FROM events) AS newest_event_at,
    (SELECT moments.first_moment FROM moments) AS first_moment,
    (SELECT moments.last_moment FROM moments) AS last_moment,
    batch_tables.table_name,
    batch_tables.rows_after
FROM published
LEFT JOIN batch_tables ON published.batch_id = batch_tables.batch_id;
