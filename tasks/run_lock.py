"""The lock that a run holds the warehouse by: one run at a time, and a dead one never in the way."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg2

import sql
from tasks.opaque import opaque
from tasks.provision.provisioning import make_schema
from tasks.retries import io_task
from tasks.run_log import run_logger
from warehouse import Warehouse, WarehouseBusy, WarehouseConnection

SILENT_WAIT_S = 2.0
PATIENCE_S = 3600.0


@contextmanager
def hold(warehouse: Warehouse, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the lock of the warehouse while the body runs, so that every other run waits.

    Raises:
        WarehouseBusy: another run holds the warehouse, and did not let go in time.
    """
    with closing(RunLock(warehouse)) as lock:
        hold_warehouse(opaque(lock), patience_s)
        yield


class RunLock:
    """The lock of a warehouse: a connection whose open transaction keeps every other run out until it is closed."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._connection: WarehouseConnection | None = None

    def acquire(self, patience_s: float) -> None:
        """Take the lock by a new connection; the table of the lock is made if it is missing.

        Raises:
            WarehouseBusy: another run holds it, and did not let go in time.
        """
        self.close()
        self._connection = self.warehouse.connect()
        with self._connection, self._connection.cursor() as cursor:
            make_schema(cursor, self.warehouse.schema)
            sql.run(cursor, "create/run_lock")
        if _try_lock(self._connection, SILENT_WAIT_S):
            return
        who = _name_holder(self.warehouse)
        run_logger().info("waiting: %s", who)
        if not _try_lock(self._connection, patience_s):
            raise WarehouseBusy(f"{who}, and did not let go for {patience_s:.0f} s: wait for it, or cancel it")

    def close(self) -> None:
        """Let go of the lock, if it is held."""
        if self._connection is not None:
            self._connection.close()


@io_task("hold warehouse")
def hold_warehouse(lock: RunLock, patience_s: float) -> None:
    """Take the lock; see `RunLock.acquire`."""
    lock.acquire(patience_s)


def _try_lock(connection: WarehouseConnection, wait_s: float) -> bool:
    return connection.within(max(1, int(wait_s * 1000)), lambda cursor: sql.run(cursor, "batch/lock"))


def _name_holder(warehouse: Warehouse) -> str:
    with (
        suppress(psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn),  # no table batches: it was reset, or
        closing(warehouse.connect()) as connection,  # must be
        connection.cursor() as cursor,
    ):
        for name, started_at in sql.fetch(cursor, "batch/holder"):
            return f"run {name!r}, started {started_at} UTC, holds the warehouse"
    return "the warehouse is held"
