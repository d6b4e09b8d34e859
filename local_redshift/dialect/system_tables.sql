-- What Redshift keeps about loads, as far as it is emulated, and what the emulator needs of the server.
-- The tables whose names start with an underscore hold it once; the views give it Redshift's names, columns and types.
-- Times are UTC. Running this again changes nothing.

SET LOCAL redshift.emulator TO on;

CREATE SCHEMA IF NOT EXISTS redshift;

-- The views cut text by PostgreSQL's own casts, also where they are made anew in a database that has Redshift's already:
-- evidence may hold any character. `dialect.sql` puts Redshift's in their place, for all that is made after it.
UPDATE pg_cast SET castfunc = 'pg_catalog.varchar(VARCHAR, INTEGER, BOOLEAN)'::REGPROCEDURE
WHERE castsource = 'VARCHAR'::REGTYPE AND casttarget = 'VARCHAR'::REGTYPE;

UPDATE pg_cast SET castfunc = 'pg_catalog.bpchar(BPCHAR, INTEGER, BOOLEAN)'::REGPROCEDURE
WHERE castsource = 'BPCHAR'::REGTYPE AND casttarget = 'BPCHAR'::REGTYPE;

CREATE SEQUENCE IF NOT EXISTS redshift._query_ids;

-- One row per COPY that began to load.
CREATE TABLE IF NOT EXISTS redshift._loads (
    query_id BIGINT PRIMARY KEY,
    user_id INTEGER NOT NULL,
    transaction_id BIGINT NOT NULL,
    session_id INTEGER NOT NULL,
    database_name TEXT NOT NULL,
    status TEXT NOT NULL,
    table_id INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    start_time TIMESTAMP NOT NULL,
    end_time TIMESTAMP,
    data_source TEXT NOT NULL,
    source_file_count INTEGER NOT NULL,
    source_file_bytes BIGINT NOT NULL,
    loaded_rows BIGINT NOT NULL DEFAULT 0,
    loaded_bytes BIGINT NOT NULL DEFAULT 0,
    error_count BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX IF NOT EXISTS _loads_session ON redshift._loads (session_id, query_id);

-- One row per file that a COPY read; a file that its manifest lists twice has two.
CREATE TABLE IF NOT EXISTS redshift._load_files (
    query_id BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    lines_scanned BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    bytes_scanned BIGINT NOT NULL,
    start_time TIMESTAMP NOT NULL,
    end_time TIMESTAMP NOT NULL
);

CREATE INDEX IF NOT EXISTS _load_files_query ON redshift._load_files (query_id);

-- One row per document that a COPY rejected.
CREATE TABLE IF NOT EXISTS redshift._load_errors (
    query_id BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    line_number BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    column_type TEXT NOT NULL,
    column_length TEXT NOT NULL,
    raw_line TEXT NOT NULL,
    raw_field_value TEXT NOT NULL,
    error_code INTEGER NOT NULL,
    error_message TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS _load_errors_query ON redshift._load_errors (query_id);

-- One row per row in which a COPY replaced characters, up to the number that Redshift keeps.
CREATE TABLE IF NOT EXISTS redshift._load_repairs (
    query_id BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    line_number BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    raw_line TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS _load_repairs_query ON redshift._load_repairs (query_id);

CREATE OR REPLACE VIEW redshift.stl_load_errors AS
SELECT
    load.user_id AS userid,
    0 AS slice,
    load.table_id AS tbl,
    load.start_time AS starttime,
    load.session_id AS session,
    load.query_id::INTEGER AS query,
    error.file_name::CHAR(256) AS filename,
    error.line_number,
    error.column_name::CHAR(127) AS colname,
    error.column_type::CHAR(10) AS type,
    error.column_length::CHAR(10) AS col_length,
    0 AS position,
    error.raw_line::CHAR(1024) AS raw_line,
    error.raw_field_value::CHAR(1024) AS raw_field_value,
    error.error_code AS err_code,
    error.error_message::CHAR(100) AS err_reason,
    0 AS is_partial,
    0::BIGINT AS start_offset,
    0::BIGINT AS copy_job_id
FROM redshift._load_errors AS error
INNER JOIN redshift._loads AS load ON error.query_id = load.query_id;

CREATE OR REPLACE VIEW redshift.stl_replacements AS
SELECT
    load.user_id AS userid,
    load.query_id::INTEGER AS query,
    0 AS slice,
    load.table_id AS tbl,
    load.start_time AS starttime,
    load.session_id AS session,
    repair.file_name::CHAR(256) AS filename,
    repair.line_number,
    repair.column_name::CHAR(127) AS colname,
    repair.raw_line::CHAR(1024) AS raw_line
FROM redshift._load_repairs AS repair
INNER JOIN redshift._loads AS load ON repair.query_id = load.query_id;

CREATE OR REPLACE VIEW redshift.sys_load_error_detail AS
SELECT
    load.user_id,
    load.query_id,
    load.transaction_id,
    load.session_id,
    load.database_name::CHAR(64) AS database_name,
    load.table_id,
    load.start_time,
    error.file_name::CHAR(256) AS file_name,
    error.line_number,
    error.column_name::CHAR(127) AS column_name,
    error.column_type::CHAR(10) AS column_type,
    error.column_length::CHAR(10) AS column_length,
    0 AS position,
    error.error_code,
    error.error_message::CHAR(512) AS error_message
FROM redshift._load_errors AS error
INNER JOIN redshift._loads AS load ON error.query_id = load.query_id;

CREATE OR REPLACE VIEW redshift.stl_load_commits AS
SELECT
    load.user_id AS userid,
    load.query_id::INTEGER AS query,
    0 AS slice,
    ''::CHAR(256) AS name,
    file.file_name::CHAR(256) AS filename,
    0 AS byte_offset,
    file.lines_scanned,
    file.errors,
    file.end_time AS curtime,
    1 AS status,
    'JSON'::CHAR(16) AS file_format,
    0 AS is_partial,
    0::BIGINT AS start_offset,
    0::BIGINT AS copy_job_id
FROM redshift._load_files AS file
INNER JOIN redshift._loads AS load ON file.query_id = load.query_id;

CREATE OR REPLACE VIEW redshift.sys_load_history AS
SELECT
    load.user_id,
    load.query_id,
    load.transaction_id,
    load.session_id,
    load.database_name,
    load.status,
    load.table_name,
    load.start_time,
    load.end_time,
    (EXTRACT(EPOCH FROM load.end_time - load.start_time) * 1000000)::BIGINT AS duration,
    load.data_source,
    'JSON' AS file_format,
    load.loaded_rows,
    load.loaded_bytes,
    load.source_file_count,
    load.source_file_bytes,
    read.file_count AS file_count_scanned,
    read.file_bytes AS file_bytes_scanned,
    load.error_count,
    0::BIGINT AS copy_job_id
FROM redshift._loads AS load
CROSS JOIN LATERAL (
    SELECT
        COUNT(*)::INTEGER AS file_count,
        COALESCE(SUM(file.bytes_scanned), 0)::BIGINT AS file_bytes
    FROM redshift._load_files AS file
    WHERE file.query_id = load.query_id
) AS read;

CREATE OR REPLACE VIEW redshift.sys_load_detail AS
SELECT
    load.user_id,
    load.query_id,
    file.file_name,
    file.bytes_scanned,
    file.lines_scanned,
    file.end_time AS record_time,
    1 AS splits_scanned,
    file.start_time,
    file.end_time
FROM redshift._load_files AS file
INNER JOIN redshift._loads AS load ON file.query_id = load.query_id;

-- What Redshift keeps of queries: nothing is kept of them here.
CREATE OR REPLACE VIEW redshift.sys_query_history AS
SELECT
    0 AS user_id,
    0::BIGINT AS query_id,
    0::BIGINT AS transaction_id,
    0 AS session_id,
    LOCALTIMESTAMP AS start_time,
    LOCALTIMESTAMP AS end_time,
    0::BIGINT AS elapsed_time,
    0::BIGINT AS queue_time,
    0::BIGINT AS execution_time,
    0::BIGINT AS compile_time
WHERE FALSE;

CREATE OR REPLACE VIEW redshift.sys_query_detail AS
SELECT
    0 AS user_id,
    0::BIGINT AS query_id,
    ''::VARCHAR(1024) AS step_name,
    LOCALTIMESTAMP AS start_time,
    LOCALTIMESTAMP AS end_time,
    0::BIGINT AS input_bytes
WHERE FALSE;

-- The last COPY of this session, if any. A COPY that failed is known from its row, since what its transaction set is
-- gone; one whose transaction is open is known from the setting, since the transaction may not see the row.
CREATE OR REPLACE FUNCTION redshift._last_copy(OUT query_id BIGINT, OUT loaded_rows BIGINT)
LANGUAGE sql STABLE AS $$
    SELECT known.query_id, known.loaded_rows
    FROM (
        SELECT SPLIT_PART(setting.value, ':', 1)::BIGINT, SPLIT_PART(setting.value, ':', 2)::BIGINT
        FROM (SELECT NULLIF(CURRENT_SETTING('redshift.last_copy', TRUE), '')) AS setting (value)
        WHERE setting.value IS NOT NULL
        UNION ALL
        SELECT load.query_id, load.loaded_rows
        FROM redshift._loads AS load
        WHERE
            load.session_id = PG_BACKEND_PID()
            AND load.start_time >= (
                SELECT session.backend_start AT TIME ZONE 'UTC'
                FROM pg_stat_get_activity(PG_BACKEND_PID()) AS session
            )
    ) AS known (query_id, loaded_rows)
    ORDER BY known.query_id DESC
    LIMIT 1
$$;

CREATE OR REPLACE FUNCTION redshift.pg_last_copy_id() RETURNS BIGINT
LANGUAGE sql STABLE AS $$
    SELECT COALESCE((SELECT last.query_id FROM redshift._last_copy() AS last), -1)
$$;

CREATE OR REPLACE FUNCTION redshift.pg_last_copy_count() RETURNS BIGINT
LANGUAGE sql STABLE AS $$
    SELECT COALESCE((SELECT last.loaded_rows FROM redshift._last_copy() AS last), 0)
$$;

-- Fail as Redshift would, so that the client gets the error from the server and the transaction is aborted.
CREATE OR REPLACE FUNCTION redshift.raise_error(code TEXT, message TEXT, detail TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    IF detail = '' THEN
        RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
    END IF;
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail;
END
$$;

CREATE OR REPLACE FUNCTION redshift.raise_info(message TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    RAISE INFO '%', message;
END
$$;

-- Nobody but the emulator defines anything in this schema or writes to it. Rights would not do, since a session of a
-- warehouse is a superuser's: the emulator's own say redshift.emulator. The words are Redshift's.
CREATE OR REPLACE FUNCTION redshift._is_emulator() RETURNS BOOLEAN
STABLE RETURN COALESCE(CURRENT_SETTING('redshift.emulator', TRUE), '') = 'on';

CREATE OR REPLACE FUNCTION redshift._guard_definitions() RETURNS EVENT_TRIGGER
LANGUAGE plpgsql AS $$
DECLARE
    defined RECORD;
BEGIN
    FOR defined IN
        SELECT command.command_tag, command.object_identity
        FROM pg_event_trigger_ddl_commands() AS command
        WHERE
            NOT redshift._is_emulator()
            AND (
                command.schema_name = 'redshift'
                OR (command.classid = 'pg_namespace'::REGCLASS AND command.object_identity = 'redshift')
            )
    LOOP
        IF defined.command_tag NOT LIKE 'CREATE %' AND defined.command_tag <> 'SELECT INTO' THEN
            RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'must be owner of ' || defined.object_identity;
        ELSIF CURRENT_SCHEMA() = 'redshift' THEN
            RAISE EXCEPTION USING ERRCODE = '3F000', MESSAGE = 'no schema has been selected to create in';
        END IF;
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'permission denied for schema redshift';
    END LOOP;
END
$$;

-- Tables that others made here, when nothing kept them from it, may be dropped; the emulator's begin with _. The guard
-- itself is elsewhere, or it would go with the schema before it could object.
CREATE OR REPLACE FUNCTION pg_catalog._guard_redshift_drops() RETURNS EVENT_TRIGGER
LANGUAGE plpgsql AS $$
DECLARE
    dropped RECORD;
BEGIN
    FOR dropped IN
        SELECT gone.object_identity
        FROM pg_event_trigger_dropped_objects() AS gone
        WHERE
            COALESCE(CURRENT_SETTING('redshift.emulator', TRUE), '') <> 'on'
            AND gone.original
            AND (
                (gone.schema_name = 'redshift' AND (gone.object_type <> 'table' OR LEFT(gone.object_name, 1) = '_'))
                OR (gone.object_type = 'schema' AND gone.object_name = 'redshift')
            )
    LOOP
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'must be owner of ' || dropped.object_identity;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION redshift._guard_rows() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT redshift._is_emulator() THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'permission denied for relation ' || TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

DROP EVENT TRIGGER IF EXISTS redshift_definitions;

CREATE EVENT TRIGGER redshift_definitions ON ddl_command_end EXECUTE FUNCTION redshift._guard_definitions();

DROP EVENT TRIGGER IF EXISTS redshift_drops;

CREATE EVENT TRIGGER redshift_drops ON sql_drop EXECUTE FUNCTION pg_catalog._guard_redshift_drops();

CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON redshift._loads
FOR EACH STATEMENT EXECUTE FUNCTION redshift._guard_rows();

CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON redshift._load_files
FOR EACH STATEMENT EXECUTE FUNCTION redshift._guard_rows();

CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON redshift._load_errors
FOR EACH STATEMENT EXECUTE FUNCTION redshift._guard_rows();

CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON redshift._load_repairs
FOR EACH STATEMENT EXECUTE FUNCTION redshift._guard_rows();
