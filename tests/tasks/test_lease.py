"""The lease: it is renewed beside all work, one of many gets it, and who has lost it changes nothing more."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier, Event
from typing import cast

import pytest

from tasks.fencing import HELD, fence
from tasks.lease import Lease
from tasks.provision.provisioning import provision
from tests.stages import RUN
from tests.state import execute, fetch, held, plain_connection, statements_that_wait
from warehouse import DamagedWarehouse, Warehouse, WarehouseBusy, WarehouseConnection, connect, open_warehouse

SESSION = "SELECT session_id FROM heartbeats ORDER BY fencing_number DESC LIMIT 1"
EXPIRED = "UPDATE leases SET expires_at = DATEADD(second, -1, GETDATE())"
ASLEEP = "UPDATE heartbeats SET expires_at = DATEADD(second, -1, GETDATE())"


@pytest.fixture(autouse=True)
def tables(warehouse: None) -> None:
    """The tables of an empty warehouse."""
    provision.fn(open_warehouse("local"))


class Elsewhere:
    """The local warehouse as one that is elsewhere: nobody can tell whether a session is still there."""

    schema = "sparkify"

    def connect(self, *, read_only: bool = False) -> WarehouseConnection:
        return connect(read_only=False)


@contextmanager
def leased(
    name: str,
    warehouse: object = None,
    *,
    patience_s: float = 60,
    take_over: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Lease]:
    """Hold the warehouse as a run of this name."""
    token = RUN.set(name)
    lease = Lease(cast("Warehouse", warehouse or open_warehouse("local")), sleep)
    try:
        lease.acquire(patience_s, take_over=take_over)
        yield lease
    finally:
        RUN.reset(token)
        lease.release()


def check(lease: Lease, lock: str = "run_lock") -> None:
    """Check a lease, in a transaction that would write."""
    HELD.set(lease.fencing_number)
    try:
        with closing(connect(read_only=False)) as connection, connection, connection.cursor() as cursor:
            fence(cursor, lock)
    finally:
        HELD.set(None)


def until(found: Callable[[], bool]) -> None:
    """Wait for what comes soon."""
    for _ in range(1500):
        if found():
            return
        Event().wait(0.02)
    raise AssertionError("it did not come")


def give_up(_: float) -> None:
    """Wait no longer."""
    raise WarehouseBusy("waits")


def test_of_many_runs_that_start_together_one_gets_the_warehouse() -> None:
    start, others, waiting = Barrier(4), Event(), list[str]()

    def run(name: str) -> str | None:
        start.wait()
        try:
            with leased(name, sleep=give_up):
                others.wait(30)
                return name
        except WarehouseBusy:
            waiting.append(name)
            if len(waiting) == 3:
                others.set()
            return None

    with ThreadPoolExecutor(4) as pool:
        [winner] = [name for name in pool.map(run, ("a", "b", "c", "d")) if name]
    assert fetch("SELECT fencing_number, flow_run_name FROM leases") == [(1, winner)]


@pytest.mark.parametrize("lock", ["run_lock", "staging_events", "staging_songs"])
def test_who_lost_the_lease_asleep_is_told_who_took_it_and_when(lock: str) -> None:
    with leased("sleeper", Elsewhere()) as sleeper:
        check(sleeper, lock)
        execute(ASLEEP)
        with leased("next-run", Elsewhere()) as holder:
            [(taken_at,)] = fetch("SELECT MAX(taken_at) FROM leases")
            with pytest.raises(WarehouseBusy) as lost:
                check(sleeper, lock)
            assert str(lost.value).startswith(f"run 'next-run' took the warehouse over at {taken_at} UTC: this run had")
            assert str(lost.value).endswith("run again when that run has ended, to load what it has not")
            check(holder, lock)


def test_where_sessions_are_not_known_a_dead_run_is_waited_for_until_its_lease_expires() -> None:
    waited = list[float]()

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            execute(EXPIRED)

    with held("dead"):
        pass
    with leased("next-run", Elsewhere(), sleep=sleep):
        assert fetch("SELECT flow_run_name FROM leases ORDER BY fencing_number") == [("dead",), ("next-run",)]
    assert len(waited) == 3


def test_where_they_are_known_it_is_not_waited_for() -> None:
    with held("dead"):
        pass
    with leased("next-run"):
        pass


def test_a_lease_that_was_released_is_free_at_once() -> None:
    for name in ("first", "second"):
        with leased(name, Elsewhere()):
            pass
    assert fetch("SELECT COUNT(*), COUNT(released_at) FROM heartbeats") == [(2, 2)]


def test_heartbeats_go_on_by_another_session_where_theirs_was_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.lease.HEARTBEATS", 1200)
    with leased("run") as lease:
        [(first,)] = fetch(SESSION)
        with closing(plain_connection()) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 60000)", (first,))
        until(lambda: fetch(SESSION) != [(first,)])
        check(lease)
    assert fetch("SELECT COUNT(released_at) FROM heartbeats") == [(1,)]


def test_heartbeats_neither_wait_for_a_transaction_that_publishes_nor_break_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.lease.HEARTBEATS", 1200)
    with leased("run") as lease, closing(connect(read_only=False)) as star, star.cursor() as cursor:
        star.set_session(isolation_level="SERIALIZABLE")
        HELD.set(lease.fencing_number)
        fence(cursor)
        HELD.set(None)
        cursor.execute("INSERT INTO artists SELECT 'AR1', 'A', NULL, NULL, NULL, 1")
        execute("UPDATE heartbeats SET seen_at = '2000-01-01'")
        until(lambda: fetch("SELECT COUNT(*) FROM heartbeats WHERE seen_at > '2001-01-01'") == [(1,)])
        star.commit()
    assert fetch("SELECT artist_id FROM artists") == [("AR1",)]


def test_whoever_takes_the_warehouse_waits_for_what_was_checked_before_and_nothing_is_checked_after() -> None:
    with (
        leased("first") as first,
        closing(connect(read_only=False)) as star,
        star.cursor() as cursor,
        ThreadPoolExecutor(1) as pool,
    ):
        star.set_session(isolation_level="REPEATABLE READ")
        HELD.set(first.fencing_number)
        fence(cursor)
        HELD.set(None)

        def take_over() -> None:
            with leased("second", take_over=True):
                pass

        taking = pool.submit(take_over)
        until(lambda: any("LOCK TABLE run_lock" in statement for statement in statements_that_wait()))
        cursor.execute("INSERT INTO artists SELECT 'AR1', 'A', NULL, NULL, NULL, 1")
        assert not taking.done()
        star.commit()
        taking.result()
        with pytest.raises(WarehouseBusy, match="run 'second' took the warehouse over"):
            check(first)


def test_a_transaction_that_stays_open_is_named_where_it_keeps_the_warehouse_from_being_taken() -> None:
    with held("hung"):
        pass
    with closing(connect(read_only=False)) as star, star.cursor() as cursor:
        cursor.execute("LOCK TABLE run_lock")
        told = r"run 'hung'.*its last transaction is still open.*end that session"
        with pytest.raises(WarehouseBusy, match=told), leased("next-run", patience_s=0.2):
            pass


def test_of_two_that_take_it_over_at_once_the_first_is_not_taken_over_in_turn() -> None:
    def take_over(name: str) -> str:
        try:
            with leased(name, take_over=True, sleep=give_up):
                others.wait(30)
                return "took it over"
        except WarehouseBusy:
            others.set()
            return "waits"

    others = Event()
    with held(), closing(connect(read_only=False)) as star, star.cursor() as cursor, ThreadPoolExecutor(2) as pool:
        cursor.execute("LOCK TABLE run_lock")
        taking = pool.map(take_over, ("second", "third"))
        until(lambda: len([each for each in statements_that_wait() if "LOCK TABLE run_lock" in each]) == 2)
        star.rollback()
        assert sorted(taking) == ["took it over", "waits"]
    assert fetch("SELECT MAX(fencing_number) FROM leases") == [(2,)]


def test_a_table_of_the_lease_that_somebody_dropped_is_made_again() -> None:
    for table in ("run_lock", "leases", "heartbeats"):
        execute(f"DROP TABLE {table} CASCADE")
        with leased("run"):
            assert fetch("SELECT COUNT(*) > 0 AS is_held FROM leases") == [(True,)]


def test_tables_of_the_lease_that_somebody_altered_are_named() -> None:
    execute("ALTER TABLE heartbeats DROP COLUMN seen_at")
    told = r"leases or heartbeats is not as sql/create has it .*seen_at"
    with pytest.raises(DamagedWarehouse, match=told), leased("run"):
        pass
