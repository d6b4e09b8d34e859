-- One row per song_id. Where files disagree on a song, one with a known year wins, then the smallest attributes.
-- Reads staging_songs, songs. Safe to rerun and in any order: the winner depends on the attributes alone.
-- Leaves rematched_credits: the (title, artist, duration) by which plays may now match another song than before.
-- Returns one row: how many rows it wrote, and how many of them the table did not have.
CREATE TEMP TABLE better_songs
DISTKEY (song_id)
AS
WITH staged AS (
    SELECT DISTINCT
        song_id,
        title,
        artist_id,
        NULLIF(year, 0) AS year,
        duration,
        artist_name
    FROM staging_songs
),

met AS (
    SELECT DISTINCT song_id
    FROM staged
),

seen AS (
    SELECT
        staged.*,
        0 AS is_loaded
    FROM staged
    UNION ALL
    SELECT
        songs.song_id,
        songs.title,
        songs.artist_id,
        songs.year,
        songs.duration,
        songs.artist_name,
        1 AS is_loaded
    FROM songs
    INNER JOIN met ON songs.song_id = met.song_id
),

ranked AS (
    SELECT
        seen.*,
        ROW_NUMBER() OVER (
            PARTITION BY song_id
            ORDER BY
                year ASC NULLS LAST,
                title ASC,
                artist_name ASC,
                artist_id ASC,
                duration ASC,
                is_loaded DESC
        ) AS place,
        MAX(is_loaded) OVER (PARTITION BY song_id) AS is_there
    FROM seen
)

SELECT
    song_id,
    title,
    artist_id,
    year,
    duration,
    artist_name,
    is_there
FROM ranked
WHERE place = 1 AND is_loaded = 0;

CREATE TEMP TABLE rematched_credits
DISTSTYLE ALL
AS
SELECT
    title,
    artist_name,
    duration
FROM better_songs
UNION
SELECT
    songs.title,
    songs.artist_name,
    songs.duration
FROM songs
INNER JOIN better_songs ON songs.song_id = better_songs.song_id;

MERGE INTO songs
USING better_songs
    ON songs.song_id = better_songs.song_id
WHEN MATCHED THEN
    UPDATE
        SET
            title = better_songs.title,
            artist_id = better_songs.artist_id,
            year = better_songs.year,
            duration = better_songs.duration,
            artist_name = better_songs.artist_name,
            batch_id = :batch_id
WHEN NOT MATCHED THEN INSERT (
    song_id,
    title,
    artist_id,
    year,
    duration,
    artist_name,
    batch_id
) VALUES (
    better_songs.song_id,
    better_songs.title,
    better_songs.artist_id,
    better_songs.year,
    better_songs.duration,
    better_songs.artist_name,
    :batch_id
);

SELECT
    COUNT(*) AS rows_written,
    COALESCE(SUM(1 - is_there), 0) AS rows_added
FROM better_songs;
