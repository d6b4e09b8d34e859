"""COPY on the local warehouse, from the statement to the rows, the errors and the system tables."""

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pytest
from mypy_boto3_s3 import S3Client
from psycopg2.sql import Composable

from local_redshift import postgres_database, postgres_server
from local_redshift.copy.command.statement import parse_copy
from local_redshift.copy.load import execute_copy
from tests.local_redshift.conformance.case import COMPRESS
from warehouse import WarehouseConnection, connect

TABLE = "CREATE TABLE t (id INT, name VARCHAR(10), ts TIMESTAMP)"
FAILED = "Load into table 't' failed.  Check 'stl_load_errors' system table for details."


class Lake:
    """A folder of files, and the warehouse that COPYs from it."""

    def __init__(self, folder: Path, connection: WarehouseConnection) -> None:
        self.folder = folder
        self.connection = connection
        self.url = f"file://{folder}/"

    def put(self, text: str | bytes, name: str = "data/1.json") -> str:
        """Write a file and return its URL."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return f"file://{path}"

    def run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def create(self, table: str = TABLE) -> None:
        """Create a table, for good."""
        self.run(table)
        self.connection.commit()

    def copy(self, options: str = "", *, url: str | None = None, table: str = "t", json: str = "auto") -> None:
        self.run(f"COPY {table} FROM '{url or self.url + 'data/'}' IAM_ROLE default FORMAT AS JSON '{json}' {options}")

    def rows(self, sql: str = "SELECT * FROM t ORDER BY t") -> list[tuple[object, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def postgresql(self, sql: str) -> list[tuple[object, ...]]:
        """Run what is not Redshift's: PostgreSQL's own catalogue and DDL."""
        with self.connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def fail(self, copy: Callable[[], None]) -> psycopg2.Error:
        """Run a COPY that must fail, roll back, and return its error."""
        with pytest.raises(psycopg2.Error) as failure:
            copy()
        assert self.connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR
        self.connection.rollback()
        return failure.value

    def errors(self) -> list[tuple[object, ...]]:
        """The load errors of the last COPY: line, column, code, reason."""
        return self.rows("""
            SELECT line_number, TRIM(colname), err_code, TRIM(err_reason) FROM stl_load_errors
            WHERE query = PG_LAST_COPY_ID() ORDER BY filename, line_number
        """)


@pytest.fixture
def lake(tmp_path: Path, connection: WarehouseConnection) -> Lake:
    return Lake(tmp_path, connection)


def test_the_detail_names_file_line_column_value_and_reason(lake: Lake) -> None:
    lake.create("CREATE TABLE t (id INT, level VARCHAR(4))")
    url = lake.put('{"id":1}\n{"id":2,"level":"premium"}\n')
    failure = lake.fail(lake.copy)
    assert failure.diag.message_detail == f"{url} line 2, column \"level\": 'premium' is 7 bytes, VARCHAR(4) allows 4"


def test_epochs_are_what_postgresql_makes_of_them(lake: Lake) -> None:
    lake.create("CREATE TABLE t (ms BIGINT, ts TIMESTAMP)")
    epochs_ms = [0, -1, 1_541_105_830_796, -62_135_596_800_000, -62_135_596_800_001, 253_402_300_800_000,
                 1_541_105_830_796_000, 9_224_318_015_999_999, -62_167_219_200_001]  # fmt: skip
    lake.put("".join(f'{{"ms":{ms},"ts":{ms}}}' for ms in epochs_ms))
    lake.copy("TIMEFORMAT 'epochmillisecs'")
    read_back = lake.postgresql("SELECT (EXTRACT(EPOCH FROM ts) * 1000)::BIGINT FROM t ORDER BY ms")
    assert read_back == [(ms,) for ms in sorted(epochs_ms)]


def test_a_url_may_be_a_parameter_whatever_it_holds(lake: Lake) -> None:
    lake.create()
    url = lake.put('{"id":1}', 'O\'Brien \\ 50% "ü"/1.json')
    with lake.connection.cursor() as cursor:
        cursor.execute("COPY t FROM %s IAM_ROLE default JSON", (url,))
    assert lake.rows("SELECT id FROM t") == [(1,)]


def manifest(*entries: dict[str, object] | str) -> str:
    return json.dumps({"entries": [{"url": entry} if isinstance(entry, str) else entry for entry in entries]})


BAD_MANIFESTS: dict[str, tuple[str, str]] = {
    "no file": (manifest(), "The manifest {lake}manifest names no file that exists"),
    "a relative path": (manifest("a.json"), "The manifest {lake}manifest needs the full path of every file"),
    "mandatory as text": (
        manifest({"url": "{lake}a", "mandatory": "true"}), "The manifest {lake}manifest cannot be read"
    ),
    "not JSON": ("{", "The manifest {lake}manifest cannot be read"),
    "a list": ("[]", "The manifest {lake}manifest cannot be read"),
    "entries that are text": ('{"entries": ["a"]}', "The manifest {lake}manifest cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_MANIFESTS)
def test_a_bad_manifest_fails(lake: Lake, case: str) -> None:
    text, message = (
        part.replace("{lake}", lake.url).replace("{folder}", str(lake.folder)) for part in BAD_MANIFESTS[case]
    )
    lake.create()
    url = lake.put(text, "manifest")
    failure = lake.fail(lambda: lake.copy("MANIFEST", url=url))
    assert (failure.pgcode, failure.diag.message_primary) == ("XX000", message)


def test_a_missing_manifest_fails(lake: Lake) -> None:
    lake.create()
    failure = lake.fail(lambda: lake.copy("MANIFEST", url=lake.url + "gone"))
    assert failure.diag.message_primary == f"{lake.folder}/gone does not exist"


@pytest.mark.parametrize(("option", "compress"), COMPRESS.items())
def test_compressed_files(lake: Lake, option: str, compress: Callable[[bytes], bytes]) -> None:
    lake.create()
    lake.put(compress(b'{"id":1}\n') + compress(b'{"id":2}\n'), "data/members.json")
    lake.put(compress(b""), "data/empty.json")
    lake.copy(option)
    assert lake.rows("SELECT id FROM t ORDER BY 1") == [(1,), (2,)]


@pytest.mark.parametrize("option", COMPRESS)
@pytest.mark.parametrize(
    "data",
    [b'{"id":1}', *(compress(b'{"id":1}')[:-4] for compress in COMPRESS.values())],
    ids=["plain", *(f"{option}, cut off" for option in COMPRESS)],
)
def test_a_file_that_is_not_compressed_as_said_fails(lake: Lake, option: str, data: bytes) -> None:
    lake.create()
    url = lake.put(data)
    failure = lake.fail(lambda: lake.copy(option))
    assert str(failure.diag.message_primary).startswith(f"{url} cannot be read as {option}: ")
    assert lake.rows("SELECT status FROM sys_load_history WHERE query_id = PG_LAST_COPY_ID()") == [("aborted",)]


def test_a_compressed_file_is_not_recognised_by_itself(lake: Lake) -> None:
    lake.create()
    lake.put(gzip.compress(b'{"id":1}'), "data/1.json.gz")
    assert lake.fail(lake.copy).diag.message_primary == FAILED


def test_paths_map_to_the_column_list(lake: Lake) -> None:
    lake.create("CREATE TABLE t (a INT, b VARCHAR(10), c INT)")
    lake.put('{"b":["x"],"a":1}')
    lake.copy(table="t (c, a)", json=lake.put("""{"jsonpaths":["$['a']","$['no']"]}""", "paths"))
    assert lake.rows() == [(None, None, 1)]


@pytest.fixture
def identities(lake: Lake) -> Lake:
    """A lake with one row, and a table of both kinds of identity columns."""
    lake.create("""
        CREATE TABLE t (id INT IDENTITY(0, 1), other INT GENERATED BY DEFAULT AS IDENTITY(5, 1), name VARCHAR(10))
    """)
    lake.put('{"id":99,"name":"a","other":77}{"id":98,"name":"b"}')
    return lake


def test_identity_columns_are_generated(identities: Lake) -> None:
    identities.copy()
    assert identities.rows() == [(0, 77, "a"), (1, 5, "b")]


def test_explicit_ids_are_loaded(identities: Lake) -> None:
    identities.copy("EXPLICIT_IDS")
    identities.copy("EXPLICIT_IDS", table="t (name, id)")
    assert identities.rows() == [(98, 5, "b"), (98, 7, "b"), (99, 6, "a"), (99, 77, "a")]


COMMANDS: dict[str, tuple[str, str, str]] = {
    "no table": (
        "COPY nowhere FROM '{url}' IAM_ROLE default JSON", "42P01", "Cannot COPY into nonexistent table nowhere"
    ),
    "no schema": ("COPY nowhere.t FROM '{url}' IAM_ROLE default JSON", "42P01", "Cannot COPY into nonexistent table t"),
    "no column": (
        "COPY t (id, c) FROM '{url}' IAM_ROLE default JSON", "42703", 'column "c" of relation "t" does not exist'
    ),
    "a view": ("COPY v FROM '{url}' IAM_ROLE default JSON", "42809", 'cannot copy to "v": it is not a table'),
    "a type that is not emulated": (
        "COPY others FROM '{url}' IAM_ROLE default JSON", "0A000", 'column "c": COPY into type uuid is not emulated'
    ),
    "wrong syntax": (
        "COPY t FROM '{url}' JSON IAM_ROLE default GZIPP", "42601",
        "COPY, line 1, column {column}: GZIPP is not an option of COPY",
    ),
    "an unreadable prefix": (
        "COPY t FROM 'file://relative' IAM_ROLE default JSON", "XX000",
        "'file://relative' names no absolute path: write file:///absolute/path, with three slashes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS)
def test_a_command_that_cannot_begin_leaves_no_trace(lake: Lake, case: str) -> None:
    sql, code, message = COMMANDS[case]
    lake.create()
    lake.postgresql("CREATE VIEW v AS SELECT 1 AS id; CREATE TABLE others (c UUID)")
    lake.connection.commit()
    statement = sql.replace("{url}", lake.put("{}"))
    failure = lake.fail(lambda: lake.run(statement))
    expected = message.replace("{column}", str(statement.find("GZIPP") + 1))
    assert (failure.pgcode, failure.diag.message_primary) == (code, expected)
    assert lake.rows("SELECT PG_LAST_COPY_ID(), PG_LAST_COPY_COUNT()") == [(-1, 0)]


def test_a_reader_may_not_copy(lake: Lake, schema: str) -> None:
    lake.create()
    lake.put('{"id":1}')
    lake.postgresql(f"GRANT USAGE ON SCHEMA {schema} TO sparkify_reader; SET ROLE sparkify_reader")
    failure = lake.fail(lake.copy)
    assert (failure.pgcode, failure.diag.message_primary) == ("42501", "permission denied for relation t")


def test_copy_appends_and_follows_its_transaction(lake: Lake) -> None:
    lake.create()
    lake.put('{"id":1}')
    lake.copy()
    lake.copy()
    assert lake.rows("SELECT id FROM t") == [(1,), (1,)]
    lake.connection.rollback()
    assert lake.rows() == []


def test_a_failed_copy_loads_nothing_of_any_file(lake: Lake) -> None:
    lake.create()
    lake.put('{"id":1}\n' * 5000, "data/1.json")
    lake.put('{"id":2}{"id":"x"}', "data/2.json")
    lake.fail(lake.copy)
    assert lake.rows() == []
    counts = "SELECT TRIM(filename), lines_scanned, errors FROM stl_load_commits WHERE query = PG_LAST_COPY_ID()"
    assert lake.rows(f"{counts} ORDER BY 1") == [
        (f"{lake.url}data/1.json", 5000, 0),
        (f"{lake.url}data/2.json", 2, 1),
    ]


def test_in_autocommit_a_copy_is_a_transaction_of_its_own(lake: Lake) -> None:
    lake.create()
    lake.connection.autocommit = True
    lake.put('{"id":1}\n' * 5000 + '{"id":"x"}')
    with pytest.raises(psycopg2.errors.InternalError_, match="failed"):
        lake.copy()
    assert lake.rows() == []
    lake.copy("MAXERROR 2")
    assert lake.rows("SELECT COUNT(*) FROM t") == [(5000,)]
    lake.connection.autocommit = False
    lake.connection.rollback()
    assert lake.rows("SELECT COUNT(*) FROM t") == [(5000,)]


def test_the_last_copy_of_a_session(lake: Lake, schema: str) -> None:
    last = "SELECT PG_LAST_COPY_ID(), PG_LAST_COPY_COUNT()"
    lake.create()
    assert lake.rows(last) == [(-1, 0)]
    lake.put('{"id":1}{"id":2}')
    lake.copy()
    ((first, count),) = lake.rows(last)
    assert count == 2
    lake.connection.rollback()
    assert lake.rows(last) == [(first, 2)]
    lake.put('{"id":"x"}')
    lake.fail(lake.copy)
    ((second, count),) = lake.rows(last)
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert (second > first, count) == (True, 0)
    another = connect("local", schema=schema, read_only=False)
    with another.cursor() as cursor:
        cursor.execute(last)
        assert cursor.fetchall() == [(-1, 0)]
    another.close()


def test_a_repeatable_read_transaction_knows_its_own_copy(lake: Lake) -> None:
    lake.create()
    lake.put('{"id":1}')
    lake.connection.set_session(isolation_level="REPEATABLE READ")
    assert lake.rows() == []
    lake.copy()
    assert lake.rows("SELECT PG_LAST_COPY_COUNT()") == [(1,)]


def test_the_system_tables_have_redshifts_columns_and_types(lake: Lake) -> None:
    columns = lake.postgresql("""
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_attribute AS a INNER JOIN pg_class AS c ON a.attrelid = c.oid
        WHERE c.relnamespace = 'redshift'::regnamespace AND c.relkind = 'v' AND a.attnum > 0
        ORDER BY c.relname, a.attnum
    """)
    table = {name: [f"{column} {kind}" for view, column, kind in columns if view == name] for name, _, _ in columns}
    moment, big, integer = "timestamp without time zone", "bigint", "integer"
    assert table["stl_load_errors"] == [
        f"userid {integer}", f"slice {integer}", f"tbl {integer}", f"starttime {moment}", f"session {integer}",
        f"query {integer}", "filename character(256)", f"line_number {big}", "colname character(127)",
        "type character(10)", "col_length character(10)", f"position {integer}", "raw_line character(1024)",
        "raw_field_value character(1024)", f"err_code {integer}", "err_reason character(100)", f"is_partial {integer}",
        f"start_offset {big}", f"copy_job_id {big}",
    ]  # fmt: skip
    assert table["stl_replacements"] == [
        f"userid {integer}", f"query {integer}", f"slice {integer}", f"tbl {integer}", f"starttime {moment}",
        f"session {integer}", "filename character(256)", f"line_number {big}", "colname character(127)",
        "raw_line character(1024)",
    ]  # fmt: skip
    assert table["sys_load_error_detail"] == [
        f"user_id {integer}", f"query_id {big}", f"transaction_id {big}", f"session_id {integer}",
        "database_name character(64)", f"table_id {integer}", f"start_time {moment}", "file_name character(256)",
        f"line_number {big}", "column_name character(127)", "column_type character(10)", "column_length character(10)",
        f"position {integer}", f"error_code {integer}", "error_message character(512)",
    ]  # fmt: skip
    assert [column.split()[0] for column in table["stl_load_commits"]] == [
        "userid", "query", "slice", "name", "filename", "byte_offset", "lines_scanned", "errors", "curtime", "status",
        "file_format", "is_partial", "start_offset", "copy_job_id",
    ]  # fmt: skip
    assert [column.split()[0] for column in table["sys_load_history"]] == [
        "user_id", "query_id", "transaction_id", "session_id", "database_name", "status", "table_name", "start_time",
        "end_time", "duration", "data_source", "file_format", "loaded_rows", "loaded_bytes", "source_file_count",
        "source_file_bytes", "file_count_scanned", "file_bytes_scanned", "error_count", "copy_job_id",
    ]  # fmt: skip
    assert [column.split()[0] for column in table["sys_load_detail"]] == [
        "user_id", "query_id", "file_name", "bytes_scanned", "lines_scanned", "record_time", "splits_scanned",
        "start_time", "end_time",
    ]  # fmt: skip


def test_a_load_error_keeps_the_evidence(lake: Lake) -> None:
    lake.create()
    raw = '{"name":\n"' + "é" * 600 + '", "x": 1}'
    url = lake.put("{}\n" + raw)
    lake.fail(lake.copy)
    ((file, line, kind, length, position, raw_line, raw_value, table),) = lake.postgresql("""
        SELECT e.filename, e.line_number, e.type, e.col_length, e.position, e.raw_line, e.raw_field_value, c.relname
        FROM stl_load_errors AS e INNER JOIN pg_class AS c ON e.tbl = c.oid WHERE query = PG_LAST_COPY_ID()
    """)
    assert (file, line, kind, length, position, table) == (
        url.ljust(256),
        3,
        "varchar".ljust(10),
        "10".ljust(10),
        0,
        "t",
    )
    assert str(raw_line).rstrip() == '{"name":\n"' + "é" * 507
    assert str(raw_value).rstrip() == "é" * 512
    detail = (
        "SELECT TRIM(file_name), line_number, TRIM(column_name), TRIM(column_type), TRIM(column_length), error_code,"
    )
    assert lake.rows(f"{detail} TRIM(error_message) FROM sys_load_error_detail WHERE query_id = PG_LAST_COPY_ID()") == [
        (url, 3, "name", "varchar", "10", 1204, "String length exceeds DDL length")
    ]


def test_the_first_hundred_replacements_outlive_a_rollback(lake: Lake) -> None:
    lake.create()
    url = lake.put(b'{"name":"ok"}\n' + b'{"name":"\xff"}\n' * 101)
    lake.copy("ACCEPTINVCHARS")
    lake.connection.rollback()
    found = lake.rows("""
        SELECT TRIM(filename), MIN(line_number), MAX(line_number), COUNT(*), TRIM(colname), TRIM(raw_line)
        FROM stl_replacements WHERE query = PG_LAST_COPY_ID() GROUP BY filename, colname, raw_line
    """)
    assert found == [(url, 2, 101, 100, "name", '{"name":"?"}')]


def test_what_postgresql_cannot_store_is_still_logged(lake: Lake) -> None:
    lake.create()
    lake.put(b'{"name":"\x00"}\n{"name":"\xff"}\n{"name":"\\ud800"}\n\x00\xff')
    lake.copy("MAXERROR 5")
    lines = "SELECT line_number, TRIM(raw_line) FROM stl_load_errors WHERE query = PG_LAST_COPY_ID() ORDER BY 1"
    assert lake.rows(lines) == [(1, '{"name":"?"}'), (2, '{"name":"?"}'), (3, '{"name":"\\ud800"}'), (4, "??")]
    failure = lake.fail(lake.copy)
    assert str(failure.diag.message_detail).startswith(f'{lake.url}data/1.json line 1: {{"name":"?"}} is not JSON')


def test_the_history_of_a_load(lake: Lake) -> None:
    lake.create()
    first, second = lake.put('{"id":1}{"id":"x"}{"id":2}', "data/1.json"), lake.put("", "data/2.json")
    lake.copy("MAXERROR 5")
    assert lake.rows("""
        SELECT database_name, status, table_name, data_source, file_format, loaded_rows, source_file_count,
            source_file_bytes, file_count_scanned, file_bytes_scanned, error_count, duration >= 0, session_id
        FROM sys_load_history WHERE query_id = PG_LAST_COPY_ID()
    """) == [
        (
            "sparkify", "completed", "t", lake.url + "data/", "JSON", 2, 2, 26, 2, 26, 1, True,
            lake.connection.info.backend_pid,
        )
    ]  # fmt: skip
    files = "SELECT file_name, bytes_scanned, lines_scanned FROM sys_load_detail WHERE query_id = PG_LAST_COPY_ID()"
    assert lake.rows(f"{files} ORDER BY 1") == [(first, 26, 3), (second, 0, 0)]


def test_names_of_files_longer_than_the_system_tables_are_cut(lake: Lake) -> None:
    lake.create()
    url = lake.put("x", f"data/{'a' * 200}/{'é' * 100}.json")
    failure = lake.fail(lake.copy)
    assert str(failure.diag.message_detail).startswith(f"{url} line 1: x is not a JSON object")
    assert lake.rows("SELECT filename FROM stl_load_errors WHERE query = PG_LAST_COPY_ID()") == [(url[:256],)]


def test_an_error_of_the_server_is_logged_as_an_aborted_load(lake: Lake) -> None:
    lake.create()
    lake.put('{"id":1}')
    lake.postgresql("ALTER TABLE t ADD CHECK (id > 1)")
    lake.connection.commit()
    failure = lake.fail(lake.copy)
    assert isinstance(failure, psycopg2.errors.CheckViolation)
    history = "SELECT status, loaded_rows, file_count_scanned FROM sys_load_history WHERE query_id = PG_LAST_COPY_ID()"
    assert lake.rows(history) == [("aborted", 0, 1)]


class InterruptedCursor(psycopg2.extensions.cursor):
    """A cursor of the system tables during whose use somebody presses Ctrl-C."""

    def copy_expert(self, sql: str | bytes | Composable, *_: object, **__: object) -> None:
        assert "_load_errors" in str(sql)
        raise KeyboardInterrupt


class InterruptedConnection(psycopg2.extensions.connection):
    def cursor(self, *args: object, **kwargs: object) -> InterruptedCursor:  # type: ignore[override]
        return InterruptedCursor(self)


def test_an_interrupted_copy_aborts_its_transaction(lake: Lake) -> None:
    lake.create()
    lake.put('{"id":1}\n' * 2000 + "x\n" * 1000)
    connection = lake.connection

    def second() -> psycopg2.extensions.connection:
        opened = postgres_server.connect(Path(connection.info.host), InterruptedConnection)
        opened.autocommit = True
        return opened

    command = parse_copy(f"COPY t FROM '{lake.url}data/' IAM_ROLE default JSON IGNOREALLERRORS")
    with pytest.raises(KeyboardInterrupt):
        execute_copy(connection, command, second)
    assert connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR
    connection.commit()
    assert lake.rows() == []


def test_a_cancelled_copy_says_nothing_of_the_row_it_was_at(lake: Lake) -> None:
    lake.create()
    lake.put('{"id":1}\n' * 2000)
    connection = lake.connection
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as plain:
        plain.execute(
            "CREATE FUNCTION cancel() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_cancel_backend(pg_backend_pid()); RETURN NEW; END'"
        )
        plain.execute("CREATE TRIGGER cancel BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION cancel()")
    connection.commit()
    error = lake.fail(lake.copy)
    assert isinstance(error, psycopg2.errors.QueryCanceled)
    assert str(error) == "canceling statement due to user request\n"
    assert error.__suppress_context__


def test_the_system_tables_can_be_made_again(lake: Lake) -> None:
    lake.create()
    lake.put('{"id":1}')
    lake.copy()
    lake.postgresql(postgres_database.SYSTEM_TABLES.read_text())
    assert lake.rows("SELECT PG_LAST_COPY_COUNT()") == [(1,)]


def test_a_copy_in_an_aborted_transaction_is_refused_by_the_server(lake: Lake) -> None:
    lake.create()
    lake.put('{"id":1}')
    with pytest.raises(psycopg2.errors.UndefinedTable):
        lake.rows("SELECT * FROM nowhere")
    assert isinstance(lake.fail(lake.copy), psycopg2.errors.InFailedSqlTransaction)


@pytest.fixture
def bucket(s3: S3Client) -> str:
    """The URL of an S3 bucket with two data files and a jsonpaths file."""
    s3.put_object(Bucket="lake", Key="data/1.json", Body=b'{"id":1}')
    s3.put_object(Bucket="lake", Key="data/2.json.gz", Body=gzip.compress(b'{"id":2}'))
    s3.put_object(Bucket="lake", Key="paths", Body=b'{"jsonpaths":["$.id"]}')
    return "s3://lake/"


def test_copy_from_s3(lake: Lake, bucket: str) -> None:
    lake.create()
    lake.copy("REGION 'us-east-1'", url=bucket + "data/1", table="t (id)", json=bucket + "paths")
    lake.copy("GZIP MANIFEST", url=lake.put(manifest(bucket + "data/2.json.gz", bucket + "gone"), "manifest"))
    assert lake.rows("SELECT id FROM t ORDER BY 1") == [(1,), (2,)]
    detail = (
        "SELECT file_name, lines_scanned, bytes_scanned > 0 FROM sys_load_detail WHERE query_id = PG_LAST_COPY_ID()"
    )
    assert lake.rows(detail) == [("s3://lake/data/2.json.gz", 1, True)]


def test_an_s3_prefix_without_objects_is_named_without_its_bucket(lake: Lake, bucket: str) -> None:
    lake.create()
    failure = lake.fail(lambda: lake.copy(url=bucket + "nothing"))
    assert failure.diag.message_primary == "The specified S3 prefix 'nothing' does not exist"


def test_a_missing_bucket_fails(lake: Lake, bucket: str) -> None:
    lake.create()
    failure = lake.fail(lambda: lake.copy(url="s3://nowhere/a"))
    assert failure.diag.message_primary == "cannot list s3://nowhere/a: there is no bucket 'nowhere'"


def test_the_real_lake(lake: Lake, real_lake: Path) -> None:
    lake.create(
        "CREATE TABLE t (artist VARCHAR(512), length NUMERIC(9,5), registration BIGINT, ts TIMESTAMP, userid INT)"
    )
    lake.copy("TIMEFORMAT 'epochmillisecs'", url=f"file://{real_lake}/log_data", json="auto ignorecase")
    found = lake.rows("SELECT COUNT(*), COUNT(artist), SUM(length), MAX(ts), COUNT(DISTINCT userid) FROM t")
    events = [
        json.loads(line, parse_float=Decimal)
        for path in sorted(real_lake.glob("log_data/**/*.json"))
        for line in path.read_text().splitlines()
    ]
    plays = [event for event in events if event["artist"] is not None]
    last_ms = max(event["ts"] for event in events)
    users = {event["userId"] for event in events} - {""}
    total = sum(event["length"] for event in plays)
    last = datetime.fromisoformat("1970-01-01") + (datetime.fromtimestamp(last_ms / 1000) - datetime.fromtimestamp(0))
    assert found == [(len(events), len(plays), total, last, len(users))]
