"""The lease on Redshift: a run that has lost the warehouse changes nothing more, whatever it was at."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Timer

import psycopg2.extensions
import pytest

from flows.etl import etl
from flows.reset import reset
from sql.tables import TABLES
from tasks.lease import Lease
from tasks.provision.catalogue import LEASE_TABLES
from tasks.provision.provisioning import _lock_tables
from tests.redshift_mode.conftest import WAREHOUSES, CloudLake
from tests.redshift_mode.emulated import WIRE
from tests.state import execute, fetch, held, plain_connection
from warehouse import WarehouseBusy, open_warehouse

CHECK = "-- The latest lease, and the time"
CHECKS = 6
"""As a batch is opened, twice for each of two staging tables, and as it is published."""

State = dict[str, list[str]]


def state() -> State:
    """Read all rows of all tables but those of the lease."""
    kept = [table for table in TABLES if table not in LEASE_TABLES]
    return {table: sorted(map(str, fetch(f"SELECT * FROM {table}"))) for table in kept}


class TakeOver:
    """Another run takes the warehouse as this one is about to check its lease for the nth time."""

    def __init__(self, nth: int) -> None:
        self.left = nth
        self.found: State = {}

    def __call__(self, _: psycopg2.extensions.cursor) -> None:
        self.left -= 1
        if self.left:
            WIRE.faults.append((CHECK, self))
            return
        with held("faster"):
            execute("UPDATE leases SET expires_at = DATEADD(second, -1, GETDATE())")
        self.found = state()


@pytest.mark.slow
def test_a_run_that_loses_the_warehouse_changes_nothing_more_and_says_who_has_it(cloud: CloudLake) -> None:
    etl(warehouse=WAREHOUSES[0])
    cloud.log("2018-11-13", {"sessionId": 2})
    cloud.song("TRB", {"song_id": "SOAAAAA12A8C13C480"})
    for nth in range(1, CHECKS + 1):
        other = TakeOver(nth)
        WIRE.faults = [(CHECK, other)]
        with pytest.raises(WarehouseBusy, match=r"^run 'faster' took the warehouse over at "):
            etl(warehouse=WAREHOUSES[0])
        assert state() == other.found, nth
    unharmed = TakeOver(CHECKS + 1)
    WIRE.faults = [(CHECK, unharmed)]
    assert etl(warehouse=WAREHOUSES[0]).headline.startswith(f"Batch {CHECKS + 1}: 1 events, 1 songs")
    assert unharmed.left == 1


HELD_S = 10.0
"""How long a session that hangs keeps its locks at most, so that whoever waits for it for ever fails, and ends."""


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Let a session that hangs keep a table locked, and no statement_timeout end a wait for it."""
    WIRE.timeout_ends_locks = False
    with closing(plain_connection()) as hung, hung.cursor() as cursor:
        cursor.execute(f"LOCK TABLE sparkify.{table}")
        release = Timer(HELD_S, hung.rollback)
        release.start()
        try:
            yield
        finally:
            release.cancel()
            release.join()


@pytest.mark.slow
@pytest.mark.usefixtures("cloud")
def test_who_waits_for_a_lock_gives_up_in_time_where_no_statement_timeout_ends_the_wait() -> None:
    etl(warehouse=WAREHOUSES[0])
    lease = Lease(open_warehouse(WAREHOUSES[0]))
    with locked("run_lock"), pytest.raises(WarehouseBusy, match="its last transaction is still open"):
        lease.acquire(0.2, take_over=False)
    lease.release()


@pytest.mark.slow
@pytest.mark.usefixtures("cloud")
def test_a_reset_lets_readers_go_first_where_no_statement_timeout_ends_the_wait() -> None:
    etl(warehouse=WAREHOUSES[0])
    with locked("songplays"), closing(open_warehouse(WAREHOUSES[0]).connect()) as connection:
        assert not _lock_tables(connection, "sparkify")
    reset(warehouse=WAREHOUSES[0])
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]


@pytest.mark.long
@pytest.mark.usefixtures("cloud")
def test_every_transaction_that_writes_begins_by_checking_the_lease() -> None:
    etl(warehouse=WAREHOUSES[0])
    execute("DROP TABLE schema_versions")
    etl(warehouse=WAREHOUSES[0], full_refresh=True)
    reset(warehouse=WAREHOUSES[0])
    made = [f"CREATE TABLE IF NOT EXISTS {table}" for table in LEASE_TABLES]
    assert [statement for statement in WIRE.unchecked if not statement.startswith(tuple(made))] == []
