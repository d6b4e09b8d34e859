-- One row per artist_id. Where songs disagree on an artist, the most complete attributes win, then the smallest.
-- Reads staging_songs, artists. Safe to rerun and in any order: the winner depends on the attributes alone.
-- Returns one row: how many rows it wrote, and how many of them the table did not have.
CREATE TEMP TABLE better_artists
DISTKEY (artist_id)
AS
WITH staged AS (
    SELECT DISTINCT
        artist_id,
        artist_name AS name,
        NULLIF(artist_location, '') AS location,
        artist_latitude AS latitude,
        artist_longitude AS longitude
    FROM staging_songs
),

met AS (
    SELECT DISTINCT artist_id
    FROM staged
),

seen AS (
    SELECT
        staged.*,
        0 AS is_loaded
    FROM staged
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
        ) AS place,
        MAX(is_loaded) OVER (PARTITION BY artist_id) AS is_there
    FROM seen
)

SELECT
    artist_id,
    name,
    location,
    latitude,
    longitude,
    is_there
FROM ranked
WHERE place = 1 AND is_loaded = 0;

MERGE INTO artists
USING better_artists
    ON artists.artist_id = better_artists.artist_id
WHEN MATCHED THEN
    UPDATE
        SET
            name = better_artists.name,
            location = better_artists.location,
            latitude = better_artists.latitude,
            longitude = better_artists.longitude,
            batch_id = :batch_id
WHEN NOT MATCHED THEN INSERT (
    artist_id,
    name,
    location,
    latitude,
    longitude,
    batch_id
) VALUES (
    better_artists.artist_id,
    better_artists.name,
    better_artists.location,
    better_artists.latitude,
    better_artists.longitude,
    :batch_id
);

SELECT
    COUNT(*) AS rows_written,
    COALESCE(SUM(1 - is_there), 0) AS rows_added
FROM better_artists;
