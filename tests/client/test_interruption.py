"""A signal stops a statement on the server, not only the wait for it."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import psycopg2
import pytest

from local_redshift import postgres_server
from warehouse import WarehouseConnection, connect

pytestmark = pytest.mark.usefixtures("interruptible")

SESSION = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'interrupted'"
LOCKED = f"{SESSION} AND wait_event_type = 'Lock'"
COMPUTING = f"{SESSION} AND state = 'active' AND query LIKE 'FETCH%'"


@pytest.fixture
def held(connection: WarehouseConnection, schema: str) -> Iterator[WarehouseConnection]:
    """A connection whose transaction has written, and a table `t` that another transaction keeps it from writing."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a INT)")
        cursor.execute("CREATE TABLE u (a INT)")
        connection.commit()
        cursor.execute("SET application_name TO interrupted")
        cursor.execute("INSERT INTO u VALUES (1)")
    with closing(connect("local", schema=schema, read_only=False)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE t")
        yield connection


def interrupt_when_it_waits(home: Path, found: str = LOCKED) -> Thread:
    """Press Ctrl-C as soon as the statement waits for the lock, or does what finds a row in the sessions."""

    def press() -> None:
        folder = postgres_server.start(home)
        with closing(postgres_server.connect(folder, psycopg2.extensions.connection)) as watcher:
            watcher.autocommit = True
            with watcher.cursor() as cursor:
                while not cursor.rowcount > 0:
                    cursor.execute(found)
        os.kill(os.getpid(), signal.SIGINT)

    thread = Thread(target=press)
    thread.start()
    return thread


def test_an_interrupted_statement_ends_on_the_server(held: WarehouseConnection, sparkify_home: Path) -> None:
    pressing = interrupt_when_it_waits(sparkify_home)
    with held.cursor() as cursor, pytest.raises(KeyboardInterrupt):
        cursor.execute("INSERT INTO t VALUES (1)")
    pressing.join()
    assert held.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR
    held.rollback()
    with held.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM u")
        assert cursor.fetchall() == [(0,)]


def test_the_work_of_a_cursor_with_a_name_is_interrupted_too(held: WarehouseConnection, sparkify_home: Path) -> None:
    pressing = interrupt_when_it_waits(sparkify_home, COMPUTING)
    with held.cursor("endless") as cursor:
        cursor.execute("WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT COUNT(*) FROM n")
        with pytest.raises(KeyboardInterrupt):
            cursor.fetchmany(1)
    pressing.join()
    assert held.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR


def test_a_borrowers_statement_is_interrupted_too(held: WarehouseConnection, sparkify_home: Path) -> None:
    pressing = interrupt_when_it_waits(sparkify_home)
    with held.lend() as lent, lent.cursor() as cursor, pytest.raises(KeyboardInterrupt):
        cursor.execute("SELECT * FROM t")
    pressing.join()
    assert held.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR
