"""A session serves one task after the other, and none finds anything that another has left."""

from contextlib import closing

import psycopg2
import pytest

from tasks.session import session
from warehouse import Warehouse, WarehouseConnection, idle_sessions, open_warehouse


@pytest.fixture
def target(sparkify_home: object) -> Warehouse:
    return open_warehouse("local")


def process(connection: WarehouseConnection) -> int:
    """Return the server's process of a session that answers."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT PG_BACKEND_PID()")
        return int(cursor.fetchall()[0][0])


def next_process(target: Warehouse) -> int:
    with session(target) as connection:
        return process(connection)


def test_one_session_serves_one_task_after_the_other(target: Warehouse) -> None:
    assert next_process(target) == next_process(target)
    with session(target) as first, session(target) as second:
        assert process(first) != process(second)


def test_what_a_task_sets_and_leaves_open_is_not_there_for_the_next(target: Warehouse) -> None:
    with session(target) as connection:
        traits = connection.isolation_level, connection.readonly
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        before = process(connection)
        connection.cursor().execute("SELECT 1")
    with session(target) as connection:
        assert connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_IDLE
        assert (connection.isolation_level, connection.readonly) == traits
        assert process(connection) == before


def test_a_session_that_an_error_came_from_is_not_used_again(target: Warehouse) -> None:
    before = next_process(target)
    with pytest.raises(psycopg2.errors.UndefinedTable), session(target) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    assert connection.closed
    assert next_process(target) != before


@pytest.mark.parametrize("change", ["it was long ago", "its server ended it", "it cannot find the schema"])
def test_a_session_that_may_not_be_in_order_is_not_used_again(
    target: Warehouse, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    with session(target) as connection:
        before = process(connection)
        connection.is_usable_again = change != "it cannot find the schema"
    if change == "it was long ago":
        monkeypatch.setattr(idle_sessions, "FRESH_S", 0.0)
    if change == "its server ended it":
        with closing(target.connect()) as other, other, other.cursor() as cursor:
            cursor.execute("SELECT PG_TERMINATE_BACKEND(%s)", (before,))
        with pytest.raises(psycopg2.OperationalError), session(target) as connection:
            process(connection)
    assert next_process(target) != before
