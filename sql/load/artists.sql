-- artists
-- One row per artist_id of the lake. Where songs disagree on an artist, the most complete attributes win, then the
-- smallest.
-- Reads lake_songs, leaving_songs, artists. A row is replaced by a better one that arrives; where its own leaves, by
-- the best that remains, or it is removed.
-- Returns one row: how many rows it wrote, how many of them the table did not have, and how many it removed.
CREATE TEMP TABLE written_artists
DISTKEY (artist_id)
AS
WITH doubtful AS (
    SELECT DISTINCT artist_id
    FROM leaving_songs
),

arriving AS (
    SELECT DISTINCT
        artist_id,
        artist_name AS name,
        NULLIF(artist_location, '') AS location,
        artist_latitude AS latitude,
        artist_longitude AS longitude
    FROM lake_songs
    WHERE batch_id >= :from_batch_id
),

remaining AS (
    SELECT DISTINCT
        lake_songs.artist_id,
        lake_songs.artist_name AS name,
        NULLIF(lake_songs.artist_location, '') AS location,
        lake_songs.artist_latitude AS latitude,
        lake_songs.artist_longitude AS longitude
    FROM lake_songs
    INNER JOIN doubtful ON lake_songs.artist_id = doubtful.artist_id
),

lost AS (
    SELECT
        artists.artist_id,
        artists.name,
        artists.location,
        artists.latitude,
        artists.longitude
    FROM artists
    INNER JOIN doubtful ON artists.artist_id = doubtful.artist_id
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
    SELECT DISTINCT artist_id
    FROM found
),

seen AS (
    SELECT
        found.*,
        0 AS is_loaded
    FROM found
    UNION ALL
    SELECT
        artists.artist_id,
        artists.name,
        artists.location,
        artists.latitude,
        artists.longitude,
        1 AS is_loaded
    FROM artists
    INNER JOIN met ON artists.artist_id = met.artist_id
    LEFT JOIN lost ON artists.artist_id = lost.artist_id
    WHERE lost.artist_id IS NULL
),

ranked AS (
    SELECT
        seen.*,
        ROW_NUMBER() OVER (
            PARTITION BY artist_id
            ORDER BY
                CASE WHEN location IS NULL THEN 1 ELSE 0 END,
                CASE WHEN latitude IS NULL OR longitude IS NULL THEN 1 ELSE 0 END,
                name ASC,
                location ASC NULLS LAST,
                latitude ASC NULLS LAST,
                longitude ASC NULLS LAST,
                is_loaded DESC
        ) AS place
    FROM seen
)

SELECT
    ranked.artist_id,
    ranked.name,
    ranked.location,
    ranked.latitude,
    ranked.longitude,
    CASE WHEN artists.artist_id IS NULL THEN 0 ELSE 1 END AS is_there,
    0 AS is_removed
FROM ranked
LEFT JOIN artists ON ranked.artist_id = artists.artist_id
WHERE ranked.place = 1 AND ranked.is_loaded = 0
UNION ALL
SELECT
    lost.*,
    1 AS is_there,
    1 AS is_removed
FROM lost
LEFT JOIN met ON lost.artist_id = met.artist_id
WHERE met.artist_id IS NULL;

DELETE FROM artists
USING written_artists
WHERE artists.artist_id = written_artists.artist_id;

INSERT INTO artists (
    artist_id,
    name,
    location,
    latitude,
    longitude,
    batch_id
)
SELECT
    artist_id,
    name,
    location,
    latitude,
    longitude,
    :batch_id AS batch_id
FROM written_artists
WHERE is_removed = 0;

SELECT
    COUNT(CASE WHEN is_removed = 0 THEN 1 END) AS rows_written,
    COUNT(CASE WHEN is_there = 0 THEN 1 END) AS rows_added,
    COUNT(CASE WHEN is_removed = 1 THEN 1 END) AS rows_removed
FROM written_artists;
