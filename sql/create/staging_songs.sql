-- One row per song file; exactly the current batch.
-- Filled by COPY. duration is in seconds; year is 0 where it is not known.
CREATE TABLE IF NOT EXISTS staging_songs (
    num_songs INTEGER,
    artist_id VARCHAR(32),
    artist_latitude DOUBLE PRECISION,
    artist_longitude DOUBLE PRECISION,
    artist_location VARCHAR(512),
    artist_name VARCHAR(512),
    song_id VARCHAR(32),
    title VARCHAR(512),
    duration NUMERIC(9, 5),
    year INTEGER
)
DISTSTYLE KEY
DISTKEY (song_id);
