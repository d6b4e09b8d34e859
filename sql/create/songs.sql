-- One row per song_id. duration is in seconds; year is NULL where it is not known.
-- artist_name is the artist as credited on the song, which plays are matched by; the artist's own name is in artists.
CREATE TABLE IF NOT EXISTS songs (
    song_id VARCHAR(32) NOT NULL PRIMARY KEY,
    title VARCHAR(512) NOT NULL,
    artist_id VARCHAR(32) NOT NULL REFERENCES artists (artist_id),
    year INTEGER,
    duration NUMERIC(9, 5) NOT NULL,
    artist_name VARCHAR(512) NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id)
)
DISTSTYLE KEY
DISTKEY (song_id)
SORTKEY (song_id);
