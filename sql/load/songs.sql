-- songs
-- One row per song_id of the lake. Where files disagree on a song, one with a known year wins, then the smallest
-- attributes.
-- Reads lake_songs, leaving_songs, songs. A row is replaced by a better one that arrives; where its own leaves, by the
-- best that remains, or it is removed.
-- Leaves rematched_credits: the (title, artist, duration) by which plays may now match another song than before.
-- Returns one row: how many rows it wrote, how many of them the table did not have, and how many it removed.
CREATE TEMP TABLE written_songs
DISTKEY (song_id)
AS
WITH doubtful AS (
    SELECT DISTINCT song_id
    FROM leaving_songs
),

arriving AS (
    SELECT DISTINCT
        song_id,
        title,
        artist_id,
        NULLIF(year, 0) AS year,
        duration,
        artist_name
    FROM lake_songs
    WHERE batch_id >= :from_batch_id
),

remaining AS (
    SELECT DISTINCT
        lake_songs.song_id,
        lake_songs.title,
        lake_songs.artist_id,
        NULLIF(lake_songs.year, 0) AS year,
        lake_songs.duration,
        lake_songs.artist_name
    FROM lake_songs
    INNER JOIN doubtful ON lake_songs.song_id = doubtful.song_id
),

lost AS (
    SELECT
        songs.song_id,
        songs.title,
        songs.artist_id,
        songs.year,
        songs.duration,
        songs.artist_name
    FROM songs
    INNER JOIN doubtful ON songs.song_id = doubtful.song_id
    EXCEPT
    SELECT *
    FROM remaining
),

found AS (
    SELECT *
    FROM arriving
    UNION
    SELECT *
    FROM remaining
),

met AS (
    SELECT DISTINCT song_id
    FROM found
),

seen AS (
    SELECT
        found.*,
        0 AS is_loaded
    FROM found
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
    LEFT JOIN lost ON songs.song_id = lost.song_id
    WHERE lost.song_id IS NULL
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
        ) AS place
    FROM seen
)

SELECT
    ranked.song_id,
    ranked.title,
    ranked.artist_id,
    ranked.year,
    ranked.duration,
    ranked.artist_name,
    CASE WHEN songs.song_id IS NULL THEN 0 ELSE 1 END AS is_there,
    0 AS is_removed
FROM ranked
LEFT JOIN songs ON ranked.song_id = songs.song_id
WHERE ranked.place = 1 AND ranked.is_loaded = 0
UNION ALL
SELECT
    lost.*,
    1 AS is_there,
    1 AS is_removed
FROM lost
LEFT JOIN met ON lost.song_id = met.song_id
WHERE met.song_id IS NULL;

CREATE TEMP TABLE rematched_credits
DISTSTYLE ALL
AS
SELECT
    title,
    artist_name,
    duration
FROM written_songs
UNION
SELECT
    songs.title,
    songs.artist_name,
    songs.duration
FROM songs
INNER JOIN written_songs ON songs.song_id = written_songs.song_id;

DELETE FROM songs
USING written_songs
WHERE songs.song_id = written_songs.song_id;

INSERT INTO songs (
    song_id,
    title,
    artist_id,
    year,
    duration,
    artist_name,
    batch_id
)
SELECT
    song_id,
    title,
    artist_id,
    year,
    duration,
    artist_name,
    :batch_id AS batch_id
FROM written_songs
WHERE is_removed = 0;

SELECT
    COUNT(CASE WHEN is_removed = 0 THEN 1 END) AS rows_written,
    COUNT(CASE WHEN is_there = 0 THEN 1 END) AS rows_added,
    COUNT(CASE WHEN is_removed = 1 THEN 1 END) AS rows_removed
FROM written_songs;
