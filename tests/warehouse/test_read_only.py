"""A read-only connection has no power to abuse, even where nothing translates or refuses what it is sent."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pytest

from cli.query import TypedQuery, query
from client.limits import READER_LIMITS
from warehouse import WarehouseConnection, WarehouseError, connect, open_warehouse
from warehouse.limits import exceeded


@pytest.fixture
def reader(connection: WarehouseConnection, schema: str) -> Iterator[psycopg2.extensions.cursor]:
    """A plain cursor on a read-only connection to a schema with one table of one row."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a INT)")
        cursor.execute("INSERT INTO t VALUES (7)")
    connection.commit()
    with closing(open_warehouse("local", schema).connect(read_only=True)) as opened:
        yield opened.cursor(cursor_factory=psycopg2.extensions.cursor)


def test_it_reads(reader: psycopg2.extensions.cursor) -> None:
    reader.execute("SELECT a FROM t")
    assert reader.fetchall() == [(7,)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (8)",
        "DROP TABLE t",
        "CREATE TEMP TABLE u (a INT)",
        "SET transaction_read_only TO off; INSERT INTO t VALUES (8)",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY t TO '/tmp/sparkify-leak'",
        "COPY t FROM PROGRAM 'true'",
        "SET ROLE sparkify",
        "ALTER ROLE sparkify_reader SUPERUSER",
        "SET SESSION AUTHORIZATION sparkify",
        "SELECT set_config('role', 'sparkify', FALSE)",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; COMMIT; DELETE FROM t",
        "SELECT pg_read_binary_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT pg_stat_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_from_bytea(0, 'x')",
        "COPY t TO PROGRAM 'true'",
        "COPY t FROM '/etc/passwd'",
        "CREATE EXTENSION dblink",
        "CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
        "DO $$ BEGIN DELETE FROM t; END $$",
        "SELECT nextval('redshift._query_ids')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sparkify'",
        "SELECT pg_reload_conf()",
        "SELECT pg_promote()",
        "LOCK TABLE t",
        "SET temp_file_limit TO -1",
    ],
)
def test_it_cannot_write_or_rise(reader: psycopg2.extensions.cursor, statement: str) -> None:
    with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)):
        reader.execute(statement)


def test_a_statement_may_take_an_hour_and_four_gigabytes_of_disk(
    reader: psycopg2.extensions.cursor, connection: WarehouseConnection
) -> None:
    limits = "SELECT CURRENT_SETTING('statement_timeout'), CURRENT_SETTING('temp_file_limit')"
    reader.execute(limits)
    assert reader.fetchone() == ("1h", "4GB")
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as loader:
        loader.execute(limits)
        assert loader.fetchone() == ("0", "-1")


@contextmanager
def reader_limits(connection: WarehouseConnection, **limits: str) -> Iterator[None]:
    """Give readers other limits for a while."""

    def configure(settings: Mapping[str, str]) -> None:
        for name, limit in settings.items():
            plain.execute(f"ALTER ROLE sparkify_reader SET {name} TO '{limit}'")
        connection.commit()

    plain = connection.cursor(cursor_factory=psycopg2.extensions.cursor)
    configure(limits)
    try:
        yield
    finally:
        plain.execute("ALTER ROLE sparkify_reader RESET ALL")
        configure(READER_LIMITS)


TEN = f"WITH ten AS ({' UNION ALL '.join(f'SELECT {number} AS n' for number in range(10))}) "


def test_a_statement_that_runs_too_long_is_cancelled_with_the_remedy(connection: WarehouseConnection) -> None:
    billions = TEN + f"SELECT COUNT(*) FROM ten AS a{''.join(f' CROSS JOIN ten AS t{at}' for at in range(11))}"
    told = r"^the statement was cancelled: it ran longer than 1h \(statement_timeout\); narrow it: "
    with (
        reader_limits(connection, statement_timeout="100ms"),
        pytest.raises(WarehouseError, match=told),
        query("local", TypedQuery(billions)),
    ):
        pass


def test_a_statement_that_fills_the_disk_is_cancelled_with_the_remedy(connection: WarehouseConnection) -> None:
    tens = "ten AS a CROSS JOIN ten AS b CROSS JOIN ten AS c CROSS JOIN ten"
    sorted_rows = f"{TEN}SELECT REPEAT('x', 999) || a.n AS s FROM {tens} ORDER BY s"
    told = r"^the statement was cancelled: it wanted more than 4GB of disk \(temp_file_limit\); narrow it: "
    with (
        reader_limits(connection, temp_file_limit="64kB", work_mem="64kB"),
        pytest.raises(WarehouseError, match=told),
        query("local", TypedQuery(sorted_rows)),
    ):
        pass


@pytest.mark.parametrize("kind", [psycopg2.errors.SyntaxError, psycopg2.errors.DiskFull])
def test_other_errors_are_no_limit_of_the_reader(kind: type[psycopg2.Error]) -> None:
    assert exceeded(kind(), "postgresql") is None
    assert exceeded(kind(), "redshift") is None


def test_redshift_cancels_in_its_own_words() -> None:
    cancelled = psycopg2.errors.QueryCanceled("Query (12) cancelled on user's request")
    assert "longer than the block's statement_timeout_s" in str(exceeded(cancelled, "redshift"))
    assert exceeded(cancelled, "postgresql") is None


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1; SELECT 2",
        "DELETE FROM users",
        "COPY users FROM 's3://lake/users' IAM_ROLE 'arn' FORMAT JSON 'auto'",
        "WITH gone AS (DELETE FROM users RETURNING 1) SELECT * FROM gone",
        "SELECT 1 INTO stolen",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * FROM dblink('dbname=sparkify', 'DELETE FROM users') AS t (a INT)",
        "SELECT set_config('role', 'sparkify', FALSE)",
        "SELECT nextval('redshift._query_ids')",
        "SELECT pg_notify('channel', 'payload')",
        "SELECT query_to_xml('SELECT 1', TRUE, TRUE, '')",
        "SET ROLE sparkify",
        "BEGIN",
        "EXPLAIN ANALYZE DELETE FROM users",
    ],
)
def test_a_question_can_do_nothing_but_read(statement: str) -> None:
    with pytest.raises(WarehouseError), query("local", TypedQuery(statement)):
        pass


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("INSERT INTO t VALUES (8)", "cannot execute INSERT in a read-only transaction"),
        ("CREATE TEMP TABLE u (a INT)", "cannot execute CREATE TABLE in a read-only transaction"),
        (
            "COPY t FROM 's3://lake/t' IAM_ROLE 'arn:aws:iam::000000000000:role/local' FORMAT JSON 'auto'",
            "permission denied for relation t",
        ),
    ],
)
def test_what_connect_opens_only_reads_unless_it_is_told_otherwise(
    connection: WarehouseConnection, schema: str, statement: str, refusal: str
) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a INT)")
    with closing(connect("local", schema)) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT a FROM t")
        with pytest.raises(psycopg2.Error) as refused:
            cursor.execute(statement)
    assert str(refused.value) == (
        f"{refusal}\nHINT:  this connection only reads; for one that may write: connect(..., read_only=False)\n"
    )
    with closing(connect("local", schema, read_only=False)) as writer, writer, writer.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (8)")
