-- One row per artist_id. Where songs disagree on an artist, the most complete attributes win, then the smallest.
-- latitude and longitude are degrees; location is NULL where it is not known.
CREATE TABLE IF NOT EXISTS artists (
    artist_id VARCHAR(32) NOT NULL PRIMARY KEY,
    name VARCHAR(512) NOT NULL,
    location VARCHAR(512),
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id)
)
DISTSTYLE KEY
DISTKEY (artist_id)
SORTKEY (artist_id);
