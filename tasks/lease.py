"""The lease that a run holds the warehouse by: one run at a time, and a dead one never long in the way.

A run takes the warehouse with a row in `leases`, and renews it by heartbeats, from a thread with a connection of its
own, until it ends. No transaction stays open meanwhile, so nothing idles in one for hours. A run that has shown no sign
of life for `LEASE_S` is taken over by the next; `tasks.fencing` keeps one that comes back from changing anything. All
times are those of the warehouse's clock.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

import psycopg2
from prefect import runtime

import sql
from tasks.fencing import HELD
from tasks.opaque import opaque
from tasks.provision.catalogue import LEASE_TABLES
from tasks.provision.provisioning import create_tables, make_schema
from tasks.retries import io_task
from tasks.run_log import run_logger
from warehouse import DamagedWarehouse, Warehouse, WarehouseBusy, WarehouseConnection, WarehouseError
from warehouse.local import LocalWarehouse

LEASE_S = 120
"""How long a run holds the warehouse after its last sign of life."""
HEARTBEATS = 3
"""How many heartbeats a run has in that time."""
PATIENCE_S = 3600.0
FIRST_LOOK_S, LAST_LOOK_S = 0.25, 10.0
"""How soon whoever waits looks again, at first and after a while: each look is a query."""
ENDS_S = 5.0
"""How long the end of a run waits for a heartbeat that gets no answer."""


@dataclass(frozen=True)
class Holder:
    """The latest lease, as the warehouse has it."""

    fencing_number: int
    flow_run_id: str
    flow_run_name: str
    session_id: int
    """The process of the session that its heartbeats come from."""
    taken_at: datetime
    seen_at: datetime
    expires_at: datetime
    silent_s: int
    remaining_s: int
    released_at: datetime | None

    def __str__(self) -> str:
        """Name the run, and tell since when it holds the warehouse, and when it was last seen."""
        return (
            f"run {self.flow_run_name!r}, started {self.taken_at} UTC, holds the warehouse, last sign of life "
            f"{self.silent_s} s ago"
        )

    @property
    def until(self) -> str:
        """Tell how long others wait for it at most, if it shows no other sign of life."""
        return f"unless there is another, it is taken over at {self.expires_at} UTC"


@contextmanager
def hold(warehouse: Warehouse, patience_s: float = PATIENCE_S, *, take_over: bool = False) -> Iterator[None]:
    """Hold the warehouse while the body runs, so that every other run waits.

    `take_over` takes it from a run that holds it, without waiting for its lease to expire.

    Raises:
        WarehouseBusy: another run holds the warehouse, and did not let go in time.
    """
    lease = Lease(warehouse)
    try:
        hold_warehouse(opaque(lease), patience_s, take_over=take_over)
        HELD.set(lease.fencing_number)
        yield
    finally:
        HELD.set(None)
        lease.release()


@io_task("hold warehouse")
def hold_warehouse(lease: "Lease", patience_s: float, *, take_over: bool) -> None:
    """Take the warehouse; see `Lease.acquire`."""
    lease.acquire(patience_s, take_over=take_over)


class Lease:
    """The lease of one run: taken, renewed by a thread, and released."""

    def __init__(self, warehouse: Warehouse, sleep: Callable[[float], None] = time.sleep) -> None:
        self.warehouse = warehouse
        self._sleep = sleep
        self.fencing_number = 0
        self._flow_run_id, self._flow_run_name = str(runtime.flow_run.id), str(runtime.flow_run.name)
        self._connection: WarehouseConnection | None = None
        self._ended = Event()
        self._heart: Thread | None = None

    def acquire(self, patience_s: float, *, take_over: bool) -> None:
        """Take the warehouse by a new connection, and begin to renew the lease; its tables are made if missing.

        Raises:
            WarehouseBusy: another run holds it, and did not let go in time.
            DamagedWarehouse: the tables of the lease are not what they should be.
        """
        self._close()
        connection = self._connection = self.warehouse.connect()
        overruled = self._wait(connection, patience_s, take_over=take_over)
        connection.autocommit = True
        if overruled:
            run_logger().warning("the warehouse is taken over: %s", overruled)
        with connection.cursor() as cursor:
            sql.run(cursor, "lease/begin", **self._renewed(connection))
        self._heart = Thread(target=copy_context().run, args=(self._beat,), name="heartbeats", daemon=True)
        self._heart.start()

    def release(self) -> None:
        """End the lease, if there is one; where that cannot be, it expires by itself."""
        self._ended.set()
        if self._heart is not None:
            self._heart.join(ENDS_S)
            if self._heart.is_alive():
                return
            with suppress(psycopg2.Error, WarehouseError):
                self._run("lease/release")
        self._close()

    def _wait(self, connection: WarehouseConnection, patience_s: float, *, take_over: bool) -> Holder | None:
        """Take the warehouse as soon as nobody holds it; return the run that it was taken from, if that had not ended.

        With `take_over` the run that holds it now is not waited for.
        """
        began, is_told = time.monotonic(), False
        holder = self._look(connection)
        overruled = holder.fencing_number if take_over and holder else None
        while True:
            if holder is None or holder.fencing_number == overruled or self._is_free(holder):
                if self._take(connection, holder, patience_s):
                    return holder if holder and self._is_of_another(holder) else None
            else:
                waited_s = time.monotonic() - began
                if waited_s >= patience_s:
                    raise WarehouseBusy(
                        f"{holder}, and did not let go for {patience_s:.0f} s: wait for it, cancel it, or take the "
                        "warehouse from it with --take-over"
                    )
                if not is_told:
                    run_logger().info("waiting: %s; %s", holder, holder.until)
                    is_told = True
                pause_s = min(LAST_LOOK_S, max(FIRST_LOOK_S, waited_s))
                self._sleep(min(pause_s, patience_s - waited_s, holder.remaining_s + 1))
            holder = self._look(connection)

    def _look(self, connection: WarehouseConnection) -> Holder | None:
        """Read who holds the warehouse, or held it last; None where no run ever did."""
        try:
            with connection, connection.cursor() as cursor:
                found = sql.fetch_named(cursor, "lease/look")
        except psycopg2.errors.UndefinedTable:
            self._make_tables(connection)
            return None
        except psycopg2.errors.UndefinedColumn as error:
            raise DamagedWarehouse(
                f"leases or heartbeats is not as sql/create has it ({error.diag.message_primary}): drop both while "
                "nothing runs, and run again"
            ) from error
        return Holder(**found[0]) if found else None

    def _make_tables(self, connection: WarehouseConnection) -> None:
        """Make what is missing of the tables of the lease."""
        with connection, connection.cursor() as cursor:
            make_schema(cursor, self.warehouse.schema)
            create_tables(cursor, LEASE_TABLES)

    def _is_free(self, holder: Holder) -> bool:
        """Tell whether a lease has ended or expired, was this run's own, or is of a process that is no more.

        Only the local warehouse tells the last for sure, by the session of the heartbeats.
        """
        if holder.remaining_s < 0 or not self._is_of_another(holder):
            return True
        local = self.warehouse if isinstance(self.warehouse, LocalWarehouse) else None
        return local is not None and not local.has_session(holder.session_id, holder.seen_at)

    def _is_of_another(self, holder: Holder) -> bool:
        """Tell whether a lease is of another run, which has not ended it."""
        return holder.released_at is None and holder.flow_run_id != self._flow_run_id

    def _take(self, connection: WarehouseConnection, holder: Holder | None, patience_s: float) -> bool:
        """Take the warehouse from whoever held it last; return False where another run was faster."""
        self.fencing_number = holder.fencing_number + 1 if holder else 1
        taken: list[int] = []

        def take(cursor: sql.Cursor) -> None:
            run = {"flow_run_id": self._flow_run_id, "flow_run_name": self._flow_run_name}
            taken.append(sql.run_at_once(cursor, "lease/take", **run, **self._renewed(connection)))

        try:
            with connection:
                is_in_time = connection.within(round(patience_s * 1000), take)
        except psycopg2.errors.UndefinedTable:
            self._make_tables(connection)
            return False
        if not is_in_time:
            raise WarehouseBusy(
                f"{holder or 'the warehouse is held'}: its last transaction is still open, and locks run_lock; end "
                "that session on the warehouse, or wait until the server does"
            )
        return taken == [1]

    def _beat(self) -> None:
        """Renew the lease until it ends; what fails is tried again, by a new connection."""
        pause_s = LEASE_S / HEARTBEATS
        while not self._ended.wait(pause_s):
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = self.warehouse.connect()
                    self._connection.autocommit = True
                self._run("lease/renew")
                pause_s = LEASE_S / HEARTBEATS
            except Exception as error:  # noqa: BLE001 - the run goes on; if it loses the warehouse, its next check says so
                run_logger().debug("the lease cannot be renewed, trying again: %s", error)
                self._close()
                pause_s = LEASE_S / HEARTBEATS / 4

    def _run(self, name: str) -> None:
        """Send a heartbeat."""
        if self._connection is not None:
            with self._connection.cursor() as cursor:
                sql.run(cursor, name, **self._renewed(self._connection))

    def _renewed(self, connection: WarehouseConnection) -> dict[str, int]:
        session_id = connection.info.backend_pid
        return {"fencing_number": self.fencing_number, "session_id": session_id, "lease_s": LEASE_S}

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
