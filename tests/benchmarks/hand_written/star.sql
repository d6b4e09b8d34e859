-- From staging to an empty star, each table read as seldom as possible, keys and indexes after the rows.
-- That no play is there twice is left to the unique key, which fails if one is.
ANALYZE staging_events;
ANALYZE staging_songs;

INSERT INTO users
WITH latest AS (
    SELECT userid, MAX(ts) AS ts FROM staging_events WHERE auth = 'Logged In' AND userid IS NOT NULL GROUP BY userid
)
SELECT DISTINCT ON (userid) userid, firstname, lastname, gender, level, ts, sessionid, iteminsession, 1
FROM staging_events
INNER JOIN latest USING (userid, ts)
WHERE auth = 'Logged In'
ORDER BY userid, sessionid DESC, iteminsession DESC, level DESC, firstname, lastname, gender;

INSERT INTO artists
SELECT DISTINCT ON (artist_id)
    artist_id, artist_name, NULLIF(artist_location, ''), artist_latitude, artist_longitude, 1
FROM staging_songs
ORDER BY
    artist_id, NULLIF(artist_location, '') IS NULL, artist_latitude IS NULL OR artist_longitude IS NULL, artist_name,
    artist_location, artist_latitude, artist_longitude;

INSERT INTO songs
SELECT DISTINCT ON (song_id) song_id, title, artist_id, NULLIF(year, 0), duration, artist_name, 1
FROM staging_songs
ORDER BY song_id, NULLIF(year, 0), title, artist_name, artist_id, duration;

ANALYZE songs;

INSERT INTO time
SELECT
    ts, DATE_PART('hour', ts), DATE_PART('day', ts), DATE_PART('week', ts), DATE_PART('month', ts),
    DATE_PART('year', ts), DATE_PART('dow', ts), 1
FROM (SELECT DISTINCT ts FROM staging_events WHERE page = 'NextSong') AS moments;

INSERT INTO songplays
WITH known AS (
    SELECT DISTINCT ON (title, artist_name, duration) title, artist_name, duration, song_id, artist_id
    FROM songs
    ORDER BY title, artist_name, duration, song_id
)
SELECT
    MD5(sessionid || '-' || iteminsession), ts, userid, level, song_id, artist_id, sessionid, location, useragent,
    iteminsession, song, artist, length, 1
FROM staging_events
LEFT JOIN known ON title = song AND artist_name = artist AND duration = length
WHERE page = 'NextSong';

ALTER TABLE users ADD PRIMARY KEY (user_id);
ALTER TABLE artists ADD PRIMARY KEY (artist_id);
ALTER TABLE songs ADD PRIMARY KEY (song_id);
ALTER TABLE time ADD PRIMARY KEY (start_time);
ALTER TABLE songplays ADD UNIQUE (session_id, item_in_session);
CREATE INDEX ON songplays USING brin (start_time, user_id, song_id, artist_id, batch_id);
ANALYZE users;
ANALYZE artists;
ANALYZE songs;
ANALYZE time;
ANALYZE songplays;
