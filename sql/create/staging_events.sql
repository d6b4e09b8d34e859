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
