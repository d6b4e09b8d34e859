-- One row per play: per event of page NextSong, whose natural key is (session_id, item_in_session).
-- songplay_id is that key's MD5. song_id and artist_id are NULL where no song has this title, artist and duration (s).
CREATE TABLE IF NOT EXISTS songplays (
    songplay_id CHAR(32) NOT NULL PRIMARY KEY,
    start_time TIMESTAMP NOT NULL REFERENCES time (start_time),
    user_id INTEGER NOT NULL REFERENCES users (user_id),
    level VARCHAR(4) NOT NULL,
    song_id VARCHAR(32) REFERENCES songs (song_id),
    artist_id VARCHAR(32) REFERENCES artists (artist_id),
    session_id INTEGER NOT NULL,
    location VARCHAR(512),
    user_agent VARCHAR(1024),
    item_in_session INTEGER NOT NULL,
    song_title VARCHAR(512),
    artist_name VARCHAR(512),
    song_duration NUMERIC(9, 5),
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    UNIQUE (session_id, item_in_session)
)
DISTSTYLE KEY
DISTKEY (user_id)
SORTKEY (user_id);
