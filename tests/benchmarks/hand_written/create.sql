-- The warehouse's tables as PostgreSQL's own, without keys: these come after the rows.
SET LOCAL work_mem = '256MB';
SET LOCAL maintenance_work_mem = '512MB';
SET LOCAL jit = off;
DROP SCHEMA IF EXISTS hand_written CASCADE;
CREATE SCHEMA hand_written;
SET LOCAL search_path TO hand_written;
CREATE TABLE staging_events (
    artist VARCHAR(512), auth VARCHAR(16), firstname VARCHAR(256), gender VARCHAR(8), iteminsession INTEGER,
    lastname VARCHAR(256), length NUMERIC(9, 5), level VARCHAR(4), location VARCHAR(512), method VARCHAR(8),
    page VARCHAR(64), registration BIGINT, sessionid INTEGER, song VARCHAR(512), status INTEGER, ts TIMESTAMP,
    useragent VARCHAR(1024), userid INTEGER
);
CREATE TABLE staging_songs (
    num_songs INTEGER, artist_id VARCHAR(32), artist_latitude DOUBLE PRECISION, artist_longitude DOUBLE PRECISION,
    artist_location VARCHAR(512), artist_name VARCHAR(512), song_id VARCHAR(32), title VARCHAR(512),
    duration NUMERIC(9, 5), year INTEGER
);
CREATE TABLE users (
    user_id INTEGER NOT NULL, first_name VARCHAR(256), last_name VARCHAR(256), gender VARCHAR(1),
    level VARCHAR(4) NOT NULL, last_event_at TIMESTAMP NOT NULL, last_session_id INTEGER NOT NULL,
    last_item_in_session INTEGER NOT NULL, batch_id INTEGER NOT NULL
);
CREATE TABLE artists (
    artist_id VARCHAR(32) NOT NULL, name VARCHAR(512) NOT NULL, location VARCHAR(512), latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION, batch_id INTEGER NOT NULL
);
CREATE TABLE songs (
    song_id VARCHAR(32) NOT NULL, title VARCHAR(512) NOT NULL, artist_id VARCHAR(32) NOT NULL, year INTEGER,
    duration NUMERIC(9, 5) NOT NULL, artist_name VARCHAR(512) NOT NULL, batch_id INTEGER NOT NULL
);
CREATE TABLE time (
    start_time TIMESTAMP NOT NULL, hour INTEGER NOT NULL, day INTEGER NOT NULL, week INTEGER NOT NULL,
    month INTEGER NOT NULL, year INTEGER NOT NULL, weekday INTEGER NOT NULL, batch_id INTEGER NOT NULL
);
CREATE TABLE songplays (
    songplay_id CHAR(32) NOT NULL, start_time TIMESTAMP NOT NULL, user_id INTEGER NOT NULL, level VARCHAR(4) NOT NULL,
    song_id VARCHAR(32), artist_id VARCHAR(32), session_id INTEGER NOT NULL, location VARCHAR(512),
    user_agent VARCHAR(1024), item_in_session INTEGER NOT NULL, song_title VARCHAR(512), artist_name VARCHAR(512),
    song_duration NUMERIC(9, 5), batch_id INTEGER NOT NULL
);
