"""The state of the local warehouse and of the emulated AWS, as tests read it and wipe it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import local
from urllib.request import Request, urlopen

import psycopg2
import psycopg2.extensions
import pytest

from local_redshift import postgres_server
from sql.tables import TABLES
from tasks.provision.provisioning import provision
from tests import bucket_policies
from warehouse import DamagedWarehouse, WarehouseConnection, connect, open_warehouse
from warehouse.home import home

HOLD = """
    INSERT INTO leases (fencing_number, flow_run_id, flow_run_name, session_id, taken_at, expires_at)
    SELECT
        COALESCE(MAX(fencing_number), 0) + 1, 'another', %(name)s, %(session_id)s,
        GETDATE(), DATEADD(second, 120, GETDATE())
    FROM leases
"""

DECLARATIONS = """
    SELECT
        relname, relkind, relowner, relacl::TEXT, attnum, attname, atttypid, atttypmod, attnotnull,
        PG_GET_EXPR(adbin, adrelid), PG_GET_INDEXDEF(CASE WHEN relkind = 'i' THEN pg_class.oid END)
    FROM pg_class
    INNER JOIN pg_attribute ON pg_attribute.attrelid = pg_class.oid AND attnum > 0
    LEFT JOIN pg_attrdef ON adrelid = pg_class.oid AND adnum = attnum
    WHERE relnamespace = TO_REGNAMESPACE('sparkify') AND (relkind <> 'i' OR relname LIKE 'due!_%' ESCAPE '!')
    UNION ALL
    SELECT proname, 'f', proowner, NULL, pronargs, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_proc
    WHERE pronamespace = TO_REGNAMESPACE('sparkify')
    ORDER BY relname, attnum
"""
"""What the embedded PostgreSQL has of tables and views, of the keys that are declared, and of functions of tests."""
PROVISIONED: list[tuple[object, ...]] = []
"""The same of a warehouse that `provision` has made, once one has been."""


class _Open(local):
    """The connections that a thread keeps open, by the home of their server."""

    def __init__(self) -> None:
        self.connections: dict[Path, WarehouseConnection] = {}


OPEN = _Open()


@contextmanager
def _kept() -> Iterator[WarehouseConnection]:
    """Give the connection that is kept, in one transaction: to open one takes longer than most of what is asked."""
    connection = OPEN.connections.get(home())
    if connection is None or not _is_alive(connection):
        connection = OPEN.connections[home()] = connect(read_only=False)
    with connection:
        yield connection


def _is_alive(connection: WarehouseConnection) -> bool:
    try:
        connection.rollback()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        return False
    return True


def forget_everything() -> None:
    """Drop the warehouse's schema with all it holds."""
    execute("DROP SCHEMA IF EXISTS sparkify CASCADE")


def forget_rows() -> None:
    """Leave the warehouse with its tables, and no row in them.

    Tables that are as `provision` makes them are emptied: to make them takes ten times as long.
    """
    if not PROVISIONED or _declarations() != PROVISIONED:
        forget_everything()
        provision.fn(open_warehouse("local"))
        PROVISIONED[:] = _declarations()
    else:
        execute("; ".join(f"DELETE FROM {table}" for table in TABLES if table != "schema_versions"))


def _declarations() -> list[tuple[object, ...]]:
    """Return what the catalogue has of all that is in the warehouse's schema, and the versions that it has had."""
    with _kept() as connection, connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute(DECLARATIONS)
        declared = list(cursor.fetchall())
        if any(name == "schema_versions" for name, *_ in declared):
            cursor.execute("SELECT version, migration FROM sparkify.schema_versions ORDER BY version")
            declared += cursor.fetchall()
        return declared


def fetch(query: str) -> list[tuple[object, ...]]:
    """Ask the local warehouse."""
    with _kept() as connection, connection.cursor() as cursor:
        cursor.execute(query)
        rows = list(cursor.fetchall())
        connection.rollback()
        return rows


def execute(*statements: str) -> None:
    """Do to the local warehouse what a person may do, in one transaction."""
    with _kept() as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def lost_by(flow: Callable[[], object]) -> str:
    """Return what a flow, or a check, says is lost."""
    with pytest.raises(DamagedWarehouse) as failure:
        flow()
    return str(failure.value)


@contextmanager
def held(name: str = "busy-bee") -> Iterator[None]:
    """Let another run hold the local warehouse, whose session is there until the body ends."""
    with closing(connect(read_only=False)) as other:
        with other, other.cursor() as cursor:
            cursor.execute(HOLD, {"name": name, "session_id": other.info.backend_pid})
        yield


@contextmanager
def read_only(table: str) -> Iterator[psycopg2.extensions.connection]:
    """Keep everybody from writing a table, until the body ends or rolls the connection back that it gets."""
    provision.fn(open_warehouse("local"))
    with closing(plain_connection()) as other, other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE sparkify.{table} IN SHARE MODE")
        yield other


def statements_that_wait() -> list[str]:
    """Return the statements that wait for a lock."""
    with closing(plain_connection()) as other, other.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return [query for (query,) in cursor.fetchall()]


def plain_connection() -> psycopg2.extensions.connection:
    """Open a connection to the embedded PostgreSQL that takes PostgreSQL's own SQL."""
    return postgres_server.open_session(home(), psycopg2.extensions.connection)


def forget_aws(endpoint: str) -> None:
    """Make moto forget all accounts: one process has one AWS, however many servers it starts."""
    bucket_policies.forget()
    with urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")):
        pass
