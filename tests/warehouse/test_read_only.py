"""A read-only connection has no power to abuse, even where nothing translates or refuses what it is sent."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import psycopg2.extensions
import pytest

from warehouse import WarehouseConnection, open_warehouse


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
    ],
)
def test_it_cannot_write_or_rise(reader: psycopg2.extensions.cursor, statement: str) -> None:
    with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)):
        reader.execute(statement)
