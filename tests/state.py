"""The state of the local warehouse and of the emulated AWS, as tests read it and wipe it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from urllib.request import Request, urlopen

import psycopg2.extensions
import pytest

from local_redshift import postgres_server
from tasks.provision.provisioning import provision
from tests import bucket_policies
from warehouse import DamagedWarehouse, connect, open_warehouse
from warehouse.home import home

HOLD = """
    INSERT INTO leases (fencing_number, flow_run_id, flow_run_name, session_id, taken_at, expires_at)
    SELECT
        COALESCE(MAX(fencing_number), 0) + 1, 'another', %(name)s, %(session_id)s,
        GETDATE(), DATEADD(second, 120, GETDATE())
    FROM leases
"""


def forget_everything() -> None:
    """Drop the warehouse's schema with all it holds."""
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS sparkify CASCADE")


def fetch(query: str) -> list[tuple[object, ...]]:
    """Ask the local warehouse."""
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def execute(*statements: str) -> None:
    """Do to the local warehouse what a person may do, in one transaction."""
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
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
    with closing(connect()) as other:
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
    return postgres_server.connect(postgres_server.start(home()), psycopg2.extensions.connection)


def forget_aws(endpoint: str) -> None:
    """Make moto forget all accounts: one process has one AWS, however many servers it starts."""
    bucket_policies.forget()
    with urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")):
        pass
