SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA sparkify;
CREATE TABLE sparkify.artists (
    artist_id character varying(32) NOT NULL,
    name character varying(512) NOT NULL,
    location character varying(512),
    latitude double precision,
    longitude double precision,
    batch_id integer NOT NULL
);
CREATE TABLE sparkify.batch_tables (
    batch_id integer NOT NULL,
    table_name character varying(127) NOT NULL,
    rows_before bigint,
    rows_added bigint,
    rows_changed bigint,
    rows_removed bigint,
    rows_after bigint NOT NULL
);
CREATE TABLE sparkify.batches (
    batch_id integer NOT NULL,
    flow_run_id character varying(36) NOT NULL,
    flow_run_name character varying(256) NOT NULL,
    started_at timestamp without time zone NOT NULL,
    published_at timestamp without time zone,
    status character varying(16) NOT NULL,
    files integer,
    event_rows bigint,
    song_rows bigint,
    plays_added_rows bigint,
    plays_present_rows bigint,
    quarantined_rows bigint,
    rows_erased bigint
);
CREATE TABLE sparkify.erased_users (
    user_id integer NOT NULL,
    erased_at timestamp without time zone NOT NULL
);
CREATE TABLE sparkify.heartbeats (
    fencing_number bigint NOT NULL,
    session_id integer NOT NULL,
    seen_at timestamp without time zone NOT NULL,
    expires_at timestamp without time zone NOT NULL,
    released_at timestamp without time zone
);
CREATE TABLE sparkify.lake_events (
    artist character varying(512),
    auth character varying(16),
    firstname character varying(256),
    gender character varying(8),
    iteminsession integer,
    lastname character varying(256),
    length numeric(9,5),
    level character varying(4),
    location character varying(512),
    method character varying(8),
    page character varying(64),
    registration bigint,
    sessionid integer,
    song character varying(512),
    status integer,
    ts timestamp without time zone,
    useragent character varying(1024),
    userid integer,
    batch_id integer NOT NULL
);
CREATE TABLE sparkify.lake_songs (
    num_songs integer,
    artist_id character varying(32),
    artist_latitude double precision,
    artist_longitude double precision,
    artist_location character varying(512),
    artist_name character varying(512),
    song_id character varying(32),
    title character varying(512),
    duration numeric(9,5),
    year integer,
    batch_id integer NOT NULL
);
CREATE TABLE sparkify.leases (
    fencing_number bigint NOT NULL,
    flow_run_id character varying(36) NOT NULL,
    flow_run_name character varying(256) NOT NULL,
    session_id integer NOT NULL,
    taken_at timestamp without time zone NOT NULL,
    expires_at timestamp without time zone NOT NULL
);
CREATE TABLE sparkify.loaded_files (
    url character varying(2048) NOT NULL,
    etag character varying(128) NOT NULL,
    size_bytes bigint NOT NULL,
    last_modified timestamp without time zone NOT NULL,
    dataset character varying(16) NOT NULL,
    batch_id integer NOT NULL,
    rows_scanned bigint,
    rows_loaded bigint,
    rows_quarantined bigint NOT NULL,
    is_current boolean NOT NULL,
    missing_since timestamp without time zone,
    retracted_at timestamp without time zone,
    rows_erased bigint
);
CREATE TABLE sparkify.quarantine (
    batch_id integer NOT NULL,
    dataset character varying(16) NOT NULL,
    url character varying(2048),
    line_number bigint,
    column_name character varying(128),
    reason_code character varying(128) NOT NULL,
    reason character varying(1024) NOT NULL,
    raw character varying(65535),
    quarantined_at timestamp without time zone NOT NULL
);
CREATE TABLE sparkify.run_lock (
    held boolean
);
CREATE TABLE sparkify.schema_versions (
    version integer NOT NULL,
    migration character varying(128) NOT NULL,
    applied_at timestamp without time zone NOT NULL
);
CREATE TABLE sparkify.songplays (
    songplay_id character(32) NOT NULL,
    start_time timestamp without time zone NOT NULL,
    user_id integer NOT NULL,
    level character varying(4) NOT NULL,
    song_id character varying(32),
    artist_id character varying(32),
    session_id integer NOT NULL,
    location character varying(512),
    user_agent character varying(1024),
    item_in_session integer NOT NULL,
    song_title character varying(512),
    artist_name character varying(512),
    song_duration numeric(9,5),
    batch_id integer NOT NULL
);
CREATE TABLE sparkify.songs (
    song_id character varying(32) NOT NULL,
    title character varying(512) NOT NULL,
    artist_id character varying(32) NOT NULL,
    year integer,
    duration numeric(9,5) NOT NULL,
    artist_name character varying(512) NOT NULL,
    batch_id integer NOT NULL
);
CREATE TABLE sparkify.sources (
    dataset character varying(16) NOT NULL,
    url character varying(2048) NOT NULL,
    batch_id integer NOT NULL
);
CREATE TABLE sparkify.staging_events (
    artist character varying(512),
    auth character varying(16),
    firstname character varying(256),
    gender character varying(8),
    iteminsession integer,
    lastname character varying(256),
    length numeric(9,5),
    level character varying(4),
    location character varying(512),
    method character varying(8),
    page character varying(64),
    registration bigint,
    sessionid integer,
    song character varying(512),
    status integer,
    ts timestamp without time zone,
    useragent character varying(1024),
    userid integer
);
CREATE TABLE sparkify.staging_songs (
    num_songs integer,
    artist_id character varying(32),
    artist_latitude double precision,
    artist_longitude double precision,
    artist_location character varying(512),
    artist_name character varying(512),
    song_id character varying(32),
    title character varying(512),
    duration numeric(9,5),
    year integer
);
CREATE TABLE sparkify."time" (
    start_time timestamp without time zone NOT NULL,
    hour integer NOT NULL,
    day integer NOT NULL,
    week integer NOT NULL,
    month integer NOT NULL,
    year integer NOT NULL,
    weekday integer NOT NULL,
    batch_id integer NOT NULL
);
CREATE TABLE sparkify.users (
    user_id integer NOT NULL,
    first_name character varying(256),
    last_name character varying(256),
    gender character varying(1),
    level character varying(4) NOT NULL,
    last_event_at timestamp without time zone NOT NULL,
    last_session_id integer NOT NULL,
    last_item_in_session integer NOT NULL,
    batch_id integer NOT NULL
);
INSERT INTO sparkify.artists VALUES ('ARD7TVE1187B99BFB1', 'Pavement', 'California - LA', NULL, NULL, 1);
INSERT INTO sparkify.artists VALUES ('ARMOBY11187B99BFB2', 'Moby', 'California - LA', 40.7, NULL, 1);
INSERT INTO sparkify.batch_tables VALUES (1, 'lake_events', 0, 5, 0, 0, 5);
INSERT INTO sparkify.batch_tables VALUES (1, 'lake_songs', 0, 3, 0, 0, 3);
INSERT INTO sparkify.batch_tables VALUES (1, 'artists', 0, 2, 0, 0, 2);
INSERT INTO sparkify.batch_tables VALUES (1, 'songs', 0, 3, 0, 0, 3);
INSERT INTO sparkify.batch_tables VALUES (1, 'time', 0, 2, 0, 0, 2);
INSERT INTO sparkify.batch_tables VALUES (1, 'users', 0, 2, 0, 0, 2);
INSERT INTO sparkify.batch_tables VALUES (1, 'songplays', 0, 4, 0, 0, 4);
INSERT INTO sparkify.batches VALUES (1, '7c8b6e88-264b-48a7-b1cd-1c085ac92703', 'resilient-sunfish', '2026-11-30 12:50:27.900755', '2026-11-30 12:50:33.584707', 'published', 5, 5, 3, 4, 0, 1, 0);
INSERT INTO sparkify.heartbeats VALUES (1, 16675, '2026-11-30 12:50:27', '2026-11-30 12:52:27', '2026-11-30 12:50:36');
INSERT INTO sparkify.lake_events VALUES ('Pavement', 'Logged In', 'Sylvie', 'F', 0, 'Cruz', 99.16036, 'free', 'Washington, DC', 'PUT', 'NextSong', 1540266185796, 345, 'Mercy:The Laundromat', 200, '2018-11-12 02:37:38.796', '"Mozilla/5.0"', 10, 1);
INSERT INTO sparkify.lake_events VALUES ('Pavement', 'Logged In', 'Sylvie', 'F', 1, 'Cruz', 99.16036, 'free', 'Washington, DC', 'PUT', 'Home', 1540266185796, 345, 'Mercy:The Laundromat', 200, '2018-11-12 02:37:48.796', '"Mozilla/5.0"', 10, 1);
INSERT INTO sparkify.lake_events VALUES ('Moby', 'Logged In', 'Ada', 'F', 0, 'Day', 99.16036, 'free', 'Washington, DC', 'PUT', 'NextSong', 1540266185796, 400, 'There', 200, '2018-11-12 02:37:38.796', '"Mozilla/5.0"', 12, 1);
INSERT INTO sparkify.lake_events VALUES ('Moby', 'Logged In', 'Ada', 'F', 3, 'Day', 99.16036, 'paid', 'Washington, DC', 'PUT', 'NextSong', 1540266185796, 400, 'There', 200, '2018-11-13 02:37:38.796', '"Mozilla/5.0"', 12, 1);
INSERT INTO sparkify.lake_events VALUES ('Moby', 'Logged In', 'Ada', 'F', 4, 'Day', 99.16036, 'paid', 'Washington, DC', 'PUT', 'NextSong', 1540266185796, 400, 'Unknown', 200, '2018-11-13 02:37:38.796', '"Mozilla/5.0"', 12, 1);
INSERT INTO sparkify.lake_songs VALUES (1, 'ARD7TVE1187B99BFB1', NULL, NULL, 'California - LA', 'Pavement', 'SOMZWCG12A8C13C480', 'Mercy:The Laundromat', 99.16036, 1992, 1);
INSERT INTO sparkify.lake_songs VALUES (1, 'ARD7TVE1187B99BFB1', NULL, NULL, 'California - LA', 'Pavement', 'SOAAAAA12A8C13C481', 'Here', 99.16036, 0, 1);
INSERT INTO sparkify.lake_songs VALUES (1, 'ARMOBY11187B99BFB2', 40.7, NULL, 'California - LA', 'Moby', 'SOBBBBB12A8C13C482', 'There', 99.16036, 1992, 1);
INSERT INTO sparkify.leases VALUES (1, '7c8b6e88-264b-48a7-b1cd-1c085ac92703', 'resilient-sunfish', 16675, '2026-11-30 12:50:27', '2026-11-30 12:52:27');
INSERT INTO sparkify.loaded_files VALUES ('file://@LAKE@/log_data/2018-11-12-events.json', '156648d483a70000-47f', 1151, '2018-11-12 05:20:00', 'events', 1, 3, 3, 0, true, NULL, NULL, 0);
INSERT INTO sparkify.loaded_files VALUES ('file://@LAKE@/log_data/2018-11-13-events.json', '156648d483a70000-45a', 1114, '2018-11-12 05:20:00', 'events', 1, 3, 2, 1, true, NULL, NULL, 0);
INSERT INTO sparkify.loaded_files VALUES ('file://@LAKE@/song_data/TRAAAAW128F429D538.json', '156648d483a70000-10d', 269, '2018-11-12 05:20:00', 'songs', 1, 1, 1, 0, true, NULL, NULL, 0);
INSERT INTO sparkify.loaded_files VALUES ('file://@LAKE@/song_data/TRAAABD128F429CF47.json', '156648d483a70000-fa', 250, '2018-11-12 05:20:00', 'songs', 1, 1, 1, 0, true, NULL, NULL, 0);
INSERT INTO sparkify.loaded_files VALUES ('file://@LAKE@/song_data/TRAAADZ128F9348C2E.json', '156648d483a70000-fa', 250, '2018-11-12 05:20:00', 'songs', 1, 1, 1, 0, true, NULL, NULL, 0);
INSERT INTO sparkify.quarantine VALUES (1, 'events', 'file://@LAKE@/log_data/2018-11-13-events.json', 3, 'level', '1204', '''premium'' is too long, VARCHAR(4) allows 4 bytes', '{"artist": "Moby", "auth": "Logged In", "firstName": "Ada", "gender": "F", "itemInSession": 3, "lastName": "Day", "length": 99.16036, "level": "premium", "location": "Washington, DC", "method": "PUT", "page": "NextSong", "registration": 1540266185796.0, "sessionId": 400, "song": "There", "status": 200, "ts": 1542076658796, "userAgent": "\"Mozilla/5.0\"", "userId": "12"}', '2026-11-30 12:50:33.584707');
INSERT INTO sparkify.schema_versions VALUES (1, '0001_count_the_star_in_batches', '2026-11-30 12:50:27');
INSERT INTO sparkify.schema_versions VALUES (2, '0002_declare_the_natural_key_of_plays', '2026-11-30 12:50:27');
INSERT INTO sparkify.schema_versions VALUES (3, '0003_distribute_files_and_quarantine_by_url', '2026-11-30 12:50:27');
INSERT INTO sparkify.schema_versions VALUES (4, '0004_record_rows_of_tables_in_batch_tables', '2026-11-30 12:50:27');
INSERT INTO sparkify.schema_versions VALUES (5, '0005_let_rows_of_files_be_unknown', '2026-11-30 12:50:27');
INSERT INTO sparkify.schema_versions VALUES (6, '0006_keep_the_lake', '2026-11-30 12:50:27');
INSERT INTO sparkify.schema_versions VALUES (7, '0007_count_rows_of_erased_people', '2026-11-30 12:50:27');
INSERT INTO sparkify.songplays VALUES ('e889c26d78e5dbff4060aae39dcbdd3c', '2018-11-12 02:37:38.796', 10, 'free', 'SOMZWCG12A8C13C480', 'ARD7TVE1187B99BFB1', 345, 'Washington, DC', '"Mozilla/5.0"', 0, 'Mercy:The Laundromat', 'Pavement', 99.16036, 1);
INSERT INTO sparkify.songplays VALUES ('9b0e1407481f4be3a5749243c5e4b367', '2018-11-12 02:37:38.796', 12, 'free', 'SOBBBBB12A8C13C482', 'ARMOBY11187B99BFB2', 400, 'Washington, DC', '"Mozilla/5.0"', 0, 'There', 'Moby', 99.16036, 1);
INSERT INTO sparkify.songplays VALUES ('d23bec363220fd8b59edd03923866e38', '2018-11-13 02:37:38.796', 12, 'paid', 'SOBBBBB12A8C13C482', 'ARMOBY11187B99BFB2', 400, 'Washington, DC', '"Mozilla/5.0"', 3, 'There', 'Moby', 99.16036, 1);
INSERT INTO sparkify.songplays VALUES ('08a50c25d61e8121de521b9c4165632e', '2018-11-13 02:37:38.796', 12, 'paid', NULL, NULL, 400, 'Washington, DC', '"Mozilla/5.0"', 4, 'Unknown', 'Moby', 99.16036, 1);
INSERT INTO sparkify.songs VALUES ('SOMZWCG12A8C13C480', 'Mercy:The Laundromat', 'ARD7TVE1187B99BFB1', 1992, 99.16036, 'Pavement', 1);
INSERT INTO sparkify.songs VALUES ('SOBBBBB12A8C13C482', 'There', 'ARMOBY11187B99BFB2', 1992, 99.16036, 'Moby', 1);
INSERT INTO sparkify.songs VALUES ('SOAAAAA12A8C13C481', 'Here', 'ARD7TVE1187B99BFB1', NULL, 99.16036, 'Pavement', 1);
INSERT INTO sparkify.sources VALUES ('events', 'file://@LAKE@/log_data/', 1);
INSERT INTO sparkify.sources VALUES ('songs', 'file://@LAKE@/song_data/', 1);
INSERT INTO sparkify.staging_events VALUES ('Pavement', 'Logged In', 'Sylvie', 'F', 0, 'Cruz', 99.16036, 'free', 'Washington, DC', 'PUT', 'NextSong', 1540266185796, 345, 'Mercy:The Laundromat', 200, '2018-11-12 02:37:38.796', '"Mozilla/5.0"', 10);
INSERT INTO sparkify.staging_events VALUES ('Pavement', 'Logged In', 'Sylvie', 'F', 1, 'Cruz', 99.16036, 'free', 'Washington, DC', 'PUT', 'Home', 1540266185796, 345, 'Mercy:The Laundromat', 200, '2018-11-12 02:37:48.796', '"Mozilla/5.0"', 10);
INSERT INTO sparkify.staging_events VALUES ('Moby', 'Logged In', 'Ada', 'F', 0, 'Day', 99.16036, 'free', 'Washington, DC', 'PUT', 'NextSong', 1540266185796, 400, 'There', 200, '2018-11-12 02:37:38.796', '"Mozilla/5.0"', 12);
INSERT INTO sparkify.staging_events VALUES ('Moby', 'Logged In', 'Ada', 'F', 3, 'Day', 99.16036, 'paid', 'Washington, DC', 'PUT', 'NextSong', 1540266185796, 400, 'There', 200, '2018-11-13 02:37:38.796', '"Mozilla/5.0"', 12);
INSERT INTO sparkify.staging_events VALUES ('Moby', 'Logged In', 'Ada', 'F', 4, 'Day', 99.16036, 'paid', 'Washington, DC', 'PUT', 'NextSong', 1540266185796, 400, 'Unknown', 200, '2018-11-13 02:37:38.796', '"Mozilla/5.0"', 12);
INSERT INTO sparkify.staging_songs VALUES (1, 'ARD7TVE1187B99BFB1', NULL, NULL, 'California - LA', 'Pavement', 'SOMZWCG12A8C13C480', 'Mercy:The Laundromat', 99.16036, 1992);
INSERT INTO sparkify.staging_songs VALUES (1, 'ARD7TVE1187B99BFB1', NULL, NULL, 'California - LA', 'Pavement', 'SOAAAAA12A8C13C481', 'Here', 99.16036, 0);
INSERT INTO sparkify.staging_songs VALUES (1, 'ARMOBY11187B99BFB2', 40.7, NULL, 'California - LA', 'Moby', 'SOBBBBB12A8C13C482', 'There', 99.16036, 1992);
INSERT INTO sparkify."time" VALUES ('2018-11-12 02:37:38.796', 2, 12, 46, 11, 2018, 1, 1);
INSERT INTO sparkify."time" VALUES ('2018-11-13 02:37:38.796', 2, 13, 46, 11, 2018, 2, 1);
INSERT INTO sparkify.users VALUES (12, 'Ada', 'Day', 'F', 'paid', '2018-11-13 02:37:38.796', 400, 4, 1);
INSERT INTO sparkify.users VALUES (10, 'Sylvie', 'Cruz', 'F', 'free', '2018-11-12 02:37:48.796', 345, 1, 1);
ALTER TABLE sparkify.artists
    ADD CONSTRAINT artists_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.batch_tables
    ADD CONSTRAINT batch_tables_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.heartbeats
    ADD CONSTRAINT heartbeats_fencing_number_fkey CHECK ((true OR (fencing_number IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.lake_events
    ADD CONSTRAINT lake_events_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.lake_songs
    ADD CONSTRAINT lake_songs_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.loaded_files
    ADD CONSTRAINT loaded_files_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.quarantine
    ADD CONSTRAINT quarantine_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.songplays
    ADD CONSTRAINT songplays_artist_id_fkey CHECK ((true OR (artist_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.songplays
    ADD CONSTRAINT songplays_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.songplays
    ADD CONSTRAINT songplays_song_id_fkey CHECK ((true OR (song_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.songplays
    ADD CONSTRAINT songplays_start_time_fkey CHECK ((true OR (start_time IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.songplays
    ADD CONSTRAINT songplays_user_id_fkey CHECK ((true OR (user_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.songs
    ADD CONSTRAINT songs_artist_id_fkey CHECK ((true OR (artist_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.songs
    ADD CONSTRAINT songs_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.sources
    ADD CONSTRAINT sources_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify."time"
    ADD CONSTRAINT time_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
ALTER TABLE sparkify.users
    ADD CONSTRAINT users_batch_id_fkey CHECK ((true OR (batch_id IS NULL))) NOT ENFORCED;
CREATE INDEX artists_artist_id_btree ON sparkify.artists USING btree (artist_id);
CREATE INDEX artists_batch_id_brin ON sparkify.artists USING brin (batch_id) WITH (autosummarize='on');
CREATE INDEX due_artists_artist_id_btree ON sparkify.artists USING btree (artist_id) WHERE false;
CREATE INDEX due_artists_batch_id_brin ON sparkify.artists USING brin (batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_batch_tables_batch_id_brin ON sparkify.batch_tables USING brin (batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_batch_tables_batch_id_table_name_btree ON sparkify.batch_tables USING btree (batch_id, table_name) WHERE false;
CREATE INDEX due_batches_batch_id_btree ON sparkify.batches USING btree (batch_id) WHERE false;
CREATE INDEX due_erased_users_user_id_btree ON sparkify.erased_users USING btree (user_id) WHERE false;
CREATE INDEX due_heartbeats_fencing_number_btree ON sparkify.heartbeats USING btree (fencing_number) WHERE false;
CREATE INDEX due_lake_events_batch_id_ts_brin ON sparkify.lake_events USING brin (batch_id, ts) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_lake_songs_batch_id_brin ON sparkify.lake_songs USING brin (batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_leases_fencing_number_btree ON sparkify.leases USING btree (fencing_number) WHERE false;
CREATE INDEX due_loaded_files_batch_id_brin ON sparkify.loaded_files USING brin (batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_loaded_files_url_etag_btree ON sparkify.loaded_files USING btree (url, etag) WHERE false;
CREATE INDEX due_quarantine_batch_id_brin ON sparkify.quarantine USING brin (batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_schema_versions_version_btree ON sparkify.schema_versions USING btree (version) WHERE false;
CREATE INDEX due_songplays_session_id_item_in_session_btree ON sparkify.songplays USING btree (session_id, item_in_session) WHERE false;
CREATE INDEX due_songplays_start_time_user_id_song_id_artist_id_batch_id_bri ON sparkify.songplays USING brin (start_time, user_id, song_id, artist_id, batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_songs_artist_id_batch_id_brin ON sparkify.songs USING brin (artist_id, batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_songs_song_id_btree ON sparkify.songs USING btree (song_id) WHERE false;
CREATE INDEX due_sources_batch_id_dataset_brin ON sparkify.sources USING brin (batch_id, dataset) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_sources_dataset_url_btree ON sparkify.sources USING btree (dataset, url) WHERE false;
CREATE INDEX due_time_batch_id_brin ON sparkify."time" USING brin (batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_time_start_time_btree ON sparkify."time" USING btree (start_time) WHERE false;
CREATE INDEX due_users_batch_id_brin ON sparkify.users USING brin (batch_id) WITH (autosummarize='on') WHERE false;
CREATE INDEX due_users_user_id_btree ON sparkify.users USING btree (user_id) WHERE false;
CREATE INDEX lake_events_batch_id_ts_brin ON sparkify.lake_events USING brin (batch_id, ts) WITH (autosummarize='on');
CREATE INDEX lake_songs_batch_id_brin ON sparkify.lake_songs USING brin (batch_id) WITH (autosummarize='on');
CREATE INDEX loaded_files_batch_id_brin ON sparkify.loaded_files USING brin (batch_id) WITH (autosummarize='on');
CREATE INDEX loaded_files_url_etag_btree ON sparkify.loaded_files USING btree (url, etag);
CREATE INDEX quarantine_batch_id_brin ON sparkify.quarantine USING brin (batch_id) WITH (autosummarize='on');
CREATE INDEX songplays_session_id_item_in_session_btree ON sparkify.songplays USING btree (session_id, item_in_session);
CREATE INDEX songplays_start_time_user_id_song_id_artist_id_batch_id_bri ON sparkify.songplays USING brin (start_time, user_id, song_id, artist_id, batch_id) WITH (autosummarize='on');
CREATE INDEX songs_artist_id_batch_id_brin ON sparkify.songs USING brin (artist_id, batch_id) WITH (autosummarize='on');
CREATE INDEX songs_song_id_btree ON sparkify.songs USING btree (song_id);
CREATE INDEX time_batch_id_brin ON sparkify."time" USING brin (batch_id) WITH (autosummarize='on');
CREATE INDEX time_start_time_btree ON sparkify."time" USING btree (start_time);
CREATE INDEX users_batch_id_brin ON sparkify.users USING brin (batch_id) WITH (autosummarize='on');
CREATE INDEX users_user_id_btree ON sparkify.users USING btree (user_id);
