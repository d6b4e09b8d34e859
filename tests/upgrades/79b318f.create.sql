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

-- One row per batch and table of the star: how many rows the batch found in it, added, changed, removed and left.
-- rows_after = rows_before + rows_added - rows_removed. Of batches of older releases only rows_after is known.
CREATE TABLE IF NOT EXISTS batch_tables (
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    table_name VARCHAR(127) NOT NULL,
    rows_before BIGINT,
    rows_added BIGINT,
    rows_changed BIGINT,
    rows_removed BIGINT,
    rows_after BIGINT NOT NULL,
    PRIMARY KEY (batch_id, table_name)
)
DISTSTYLE ALL
SORTKEY (batch_id);

-- One row per batch that a run began. status: running, published, nothing new, dry run, failed, or abandoned (its run
-- died). The *_rows columns count the batch: rows staged, and plays that it added to songplays or found there already.
-- rows_erased: rows of its files that it left out, or that have left the lake tables or quarantine since, because they
-- are of people who were erased.
CREATE TABLE IF NOT EXISTS batches (
    batch_id INTEGER NOT NULL PRIMARY KEY,
    flow_run_id VARCHAR(36) NOT NULL,
    flow_run_name VARCHAR(256) NOT NULL,
    started_at TIMESTAMP NOT NULL,
    published_at TIMESTAMP,
    status VARCHAR(16) NOT NULL,
    files INTEGER,
    event_rows BIGINT,
    song_rows BIGINT,
    plays_added_rows BIGINT,
    plays_present_rows BIGINT,
    quarantined_rows BIGINT,
    rows_erased BIGINT
)
DISTSTYLE ALL
SORTKEY (batch_id);

-- One row per person who was erased: the number, and when; nothing else of them. Loads leave their rows out.
CREATE TABLE IF NOT EXISTS erased_users (
    user_id INTEGER NOT NULL PRIMARY KEY,
    erased_at TIMESTAMP NOT NULL
)
DISTSTYLE ALL
SORTKEY (user_id);

-- One row per lease: the last sign of life of its run, by the clock of the warehouse, and when it ended its lease.
-- Only the run's heartbeats write it, each in a transaction of its own; session_id is the process of their session.
CREATE TABLE IF NOT EXISTS heartbeats (
    fencing_number BIGINT NOT NULL PRIMARY KEY REFERENCES leases (fencing_number),
    session_id INTEGER NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    released_at TIMESTAMP
)
DISTSTYLE ALL
SORTKEY (fencing_number);

-- One row per event of the current version of every loaded file, as logged; from it the star is computed.
-- batch_id is the batch that loaded it: the files of one batch are replaced together.
CREATE TABLE IF NOT EXISTS lake_events (
    artist VARCHAR(512),
    auth VARCHAR(16),
    firstname VARCHAR(256),
    gender VARCHAR(8),
    iteminsession INTEGER,
    lastname VARCHAR(256),
    length NUMERIC(9, 5),
    level VARCHAR(4),
    location VARCHAR(512),
    method VARCHAR(8),
    page VARCHAR(64),
    registration BIGINT,
    sessionid INTEGER,
    song VARCHAR(512),
    status INTEGER,
    ts TIMESTAMP,
    useragent VARCHAR(1024),
    userid INTEGER,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id)
)
DISTSTYLE KEY
DISTKEY (userid)
SORTKEY (batch_id, ts);

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

-- One row per lease: a run that took the warehouse. The highest fencing_number holds it; the others have ended, or
-- lost it. Rows are inserted and never changed, so that a transaction which reads them conflicts with no heartbeat.
-- expires_at holds until the first heartbeat. session_id is the process of the session that took it.
CREATE TABLE IF NOT EXISTS leases (
    fencing_number BIGINT NOT NULL PRIMARY KEY,
    flow_run_id VARCHAR(36) NOT NULL,
    flow_run_name VARCHAR(256) NOT NULL,
    session_id INTEGER NOT NULL,
    taken_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
)
DISTSTYLE ALL
SORTKEY (fencing_number);

-- The ledger: one row per version of a file (url and etag) that was loaded; batch_id is the batch that loaded it last.
-- is_current: its rows are in the lake tables. missing_since: the file is not in the lake any more. retracted_at: this
-- version was taken back, and is not loaded again.
-- rows_scanned = rows_loaded + rows_quarantined + rows_erased. The first two are NULL where the load history did not
-- tell the rows of files; rows_loaded and rows_erased where rows of erased people were left out of several files that
-- were loaded together: nothing tells from which of them they came.
CREATE TABLE IF NOT EXISTS loaded_files (
    url VARCHAR(2048) NOT NULL,
    etag VARCHAR(128) NOT NULL,
    size_bytes BIGINT NOT NULL,
    last_modified TIMESTAMP NOT NULL,
    dataset VARCHAR(16) NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    rows_scanned BIGINT,
    rows_loaded BIGINT,
    rows_quarantined BIGINT NOT NULL,
    is_current BOOLEAN NOT NULL,
    missing_since TIMESTAMP,
    retracted_at TIMESTAMP,
    rows_erased BIGINT,
    PRIMARY KEY (url, etag)
)
DISTSTYLE KEY
DISTKEY (url)
SORTKEY (batch_id);

-- One row per line that was kept out of the star, with the evidence.
-- reason_code is Redshift's load error code, or the name of the expectation that the row broke.
CREATE TABLE IF NOT EXISTS quarantine (
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    dataset VARCHAR(16) NOT NULL,
    url VARCHAR(2048),
    line_number BIGINT,
    column_name VARCHAR(128),
    reason_code VARCHAR(128) NOT NULL,
    reason VARCHAR(1024) NOT NULL,
    "raw" VARCHAR(65535),
    quarantined_at TIMESTAMP NOT NULL
)
DISTSTYLE KEY
DISTKEY (url)
SORTKEY (batch_id);

-- No rows: each transaction that writes the audit tables or the star locks this table first, and so does a run that
-- takes the warehouse: it waits for such a transaction of the run before it, and none can begin meanwhile.
CREATE TABLE IF NOT EXISTS run_lock (
    held BOOLEAN
)
DISTSTYLE ALL;

-- One row per migration of sql/migrate that the tables have had; the highest version is theirs.
-- A new warehouse is made as the newest version, and has all rows at once.
CREATE TABLE IF NOT EXISTS schema_versions (
    version INTEGER NOT NULL PRIMARY KEY,
    migration VARCHAR(128) NOT NULL,
    applied_at TIMESTAMP NOT NULL
)
DISTSTYLE ALL
SORTKEY (version);

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

-- One row per place that a dataset is loaded from. The URL of a folder ends with a slash, that of a single file not.
-- batch_id is the batch that first loaded from there, or found nothing new there. No place lies in another one.
CREATE TABLE IF NOT EXISTS sources (
    dataset VARCHAR(16) NOT NULL,
    url VARCHAR(2048) NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    PRIMARY KEY (dataset, url)
)
DISTSTYLE ALL
SORTKEY (dataset);

-- One row per event of the app, as logged; exactly the current batch.
-- Filled by COPY. ts is milliseconds since 1970 in the logs and keeps them; userid is NULL while logged out.
CREATE TABLE IF NOT EXISTS staging_events (
    artist VARCHAR(512),
    auth VARCHAR(16),
    firstname VARCHAR(256),
    gender VARCHAR(8),
    iteminsession INTEGER,
    lastname VARCHAR(256),
    length NUMERIC(9, 5),
    level VARCHAR(4),
    location VARCHAR(512),
    method VARCHAR(8),
    page VARCHAR(64),
    registration BIGINT,
    sessionid INTEGER,
    song VARCHAR(512),
    status INTEGER,
    ts TIMESTAMP,
    useragent VARCHAR(1024),
    userid INTEGER
)
DISTSTYLE KEY
DISTKEY (userid);

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

-- One row per moment (UTC, to the millisecond) at which a play started.
-- week is the ISO week; weekday counts from 0 = Sunday.
CREATE TABLE IF NOT EXISTS time (
    start_time TIMESTAMP NOT NULL PRIMARY KEY,
    hour INTEGER NOT NULL,
    day INTEGER NOT NULL,
    week INTEGER NOT NULL,
    month INTEGER NOT NULL,
    year INTEGER NOT NULL,
    weekday INTEGER NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id)
)
DISTSTYLE ALL
SORTKEY (start_time);

-- One row per user seen logged in on any page, as of the user's latest event.
-- last_event_at, last_session_id and last_item_in_session name that event, so that an older one never replaces it.
CREATE TABLE IF NOT EXISTS users (
    user_id INTEGER NOT NULL PRIMARY KEY,
    first_name VARCHAR(256),
    last_name VARCHAR(256),
    gender VARCHAR(1),
    level VARCHAR(4) NOT NULL,
    last_event_at TIMESTAMP NOT NULL,
    last_session_id INTEGER NOT NULL,
    last_item_in_session INTEGER NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id)
)
DISTSTYLE KEY
DISTKEY (user_id)
SORTKEY (user_id);
