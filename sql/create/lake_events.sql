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
