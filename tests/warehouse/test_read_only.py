"""A read-only connection has no power to abuse, even where nothing translates or refuses what it is sent."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import psycopg2.extensions
import pytest

from flows.query import Asked, query
from warehouse import WarehouseConnection, WarehouseError, open_warehouse


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
    ],
)
def test_it_cannot_write_or_rise(reader: psycopg2.extensions.cursor, statement: str) -> None:
    with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)):
        reader.execute(statement)


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
    with pytest.raises(WarehouseError), query("local", Asked(statement)):
        pass
