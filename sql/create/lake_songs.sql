-- One row per song file in its current version; from it the star is computed.
-- batch_id is the batch that loaded it: the files of one batch are replaced together.
CREATE TABLE IF NOT EXISTS lake_songs (
    num_songs INTEGER,
    artist_id VARCHAR(32),
    artist_latitude DOUBLE PRECISION,
    artist_longitude DOUBLE PRECISION,
    artist_location VARCHAR(512),
    artist_name VARCHAR(512),
    song_id VARCHAR(32),
    title VARCHAR(512),
    duration NUMERIC(9, 5),
    year INTEGER,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id)
)
DISTSTYLE KEY
DISTKEY (song_id)
SORTKEY (batch_id);
