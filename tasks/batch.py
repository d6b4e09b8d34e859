"""The batch: one run's hold on the warehouse, and its row in the books."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg2
from prefect import runtime

import sql
from tasks.provision.integrity import prepare_tables
from tasks.provision.provisioning import make_schema
from tasks.retries import io_task
from tasks.run_log import run_logger
from warehouse import Warehouse, WarehouseBusy, WarehouseConnection, WarehouseError

SILENT_WAIT_S = 2.0
PATIENCE_S = 3600.0
FATE: ContextVar[str] = ContextVar("fate", default="")
"""Whether the batch of this run was published, as far as is known; empty for a run without a batch."""


@dataclass(frozen=True)
class Batch:
    """One run of the flow on a warehouse that it holds."""

    batch_id: int
    started_at: datetime
    work_url: str
    """Where this run, and no other, writes its manifests; it ends with a slash."""


@contextmanager
def exclusive_batch(
    warehouse: Warehouse, patience_s: float = PATIENCE_S, *, full_refresh: bool = False
) -> Iterator[Batch]:
    """Hold the warehouse while the body runs, and keep the batch's row in the books true to what becomes of it.

    Tables that are missing are made first, unless what they held is lost; a full refresh loads that again.

    Raises:
        WarehouseBusy: another run holds it, and did not let go in time.
        DamagedWarehouse: a table, a column or rows are lost.
    """
    FATE.set("nothing was published")
    with closing(hold_warehouse(warehouse, patience_s)):
        prepare_tables(warehouse, full_refresh=full_refresh)
        batch = open_batch(warehouse)
        try:
            yield batch
        except BaseException:
            settle(warehouse, batch, "failed")
            raise
        else:
            settle(warehouse, batch, "nothing new")


@io_task("hold warehouse")
def hold_warehouse(warehouse: Warehouse, patience_s: float) -> WarehouseConnection:
    """Return a connection whose open transaction keeps every other run out; it lets go when it is closed.

    Raises:
        WarehouseBusy: another run holds the warehouse, and did not let go in time.
    """
    lock = warehouse.connect()
    try:
        with lock, lock.cursor() as cursor:
            make_schema(cursor, warehouse.schema)
            sql.run(cursor, "create/run_lock")
        _take_lock(lock, warehouse, patience_s)
    except BaseException:
        lock.close()
        raise
    return lock


def _take_lock(lock: WarehouseConnection, warehouse: Warehouse, patience_s: float) -> None:
    if _try_lock(lock, SILENT_WAIT_S):
        return
    who = _name_holder(warehouse)
    run_logger().info("waiting: %s", who)
    if not _try_lock(lock, patience_s):
        raise WarehouseBusy(f"{who}, and did not let go for {patience_s:.0f} s: wait for it, or cancel it")


def _name_holder(warehouse: Warehouse) -> str:
    with (
        suppress(psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn),  # no books to read: it was reset, or
        closing(warehouse.connect()) as books,  # must be
        books.cursor() as cursor,
    ):
        for name, started_at in sql.fetch(cursor, "batch/holder"):
            return f"run {name!r}, started {started_at} UTC, holds the warehouse"
    return "the warehouse is held"


def _try_lock(lock: WarehouseConnection, wait_s: float) -> bool:
    return lock.within(max(1, int(wait_s * 1000)), lambda cursor: sql.run(cursor, "batch/lock"))


@io_task("open batch")
def open_batch(warehouse: Warehouse) -> Batch:
    """Enter the run into the books as a new batch; one that still counts as running there is a run that died."""
    started_at = datetime.now(UTC).replace(tzinfo=None)
    flow_run_id = str(runtime.flow_run.id)
    with closing(warehouse.connect()) as books, books, books.cursor() as cursor:
        rows = sql.fetch(
            cursor,
            "batch/open",
            flow_run_id=flow_run_id,
            flow_run_name=str(runtime.flow_run.name),
            started_at=started_at,
        )
    return Batch(int(str(rows[0][0])), started_at, work_url=f"{warehouse.work_url}{flow_run_id}/")


def settle(warehouse: Warehouse, batch: Batch, status: str) -> bool | None:
    """Close a batch with this status unless it was published; return whether it was, None if that cannot be read.

    A transaction that may still commit the batch has locked its row: this waits for how it ends. Where a batch cannot
    be closed, the next run calls it abandoned.
    """
    known: object = None
    with (
        suppress(psycopg2.Error, WarehouseError),
        closing(warehouse.connect()) as books,
        books,
        books.cursor() as cursor,
    ):
        sql.run(cursor, "batch/close", batch_id=batch.batch_id, status=status)
        known = read_status(cursor, batch)
    return None if known is None else known == "published"


@io_task("find fate")
def find_fate(warehouse: Warehouse, batch: Batch) -> bool:
    """Tell whether a batch is published, after an attempt to do so whose answer is lost; it may be published later.

    That transaction has locked the batch's row: this waits for how it ends.
    """
    with closing(warehouse.connect()) as books, books, books.cursor() as cursor:
        sql.run(cursor, "batch/close", batch_id=batch.batch_id, status="running")
        return read_status(cursor, batch) == "published"


def read_status(cursor: sql.Cursor, batch: Batch) -> str:
    """Read what has become of a batch."""
    ((status,),) = sql.fetch(cursor, "batch/status", batch_id=batch.batch_id)
    return str(status)


def remember_fate(batch: Batch, is_published: bool | None) -> None:
    """Remember whether the batch was published; None where nobody knows."""
    if is_published is None:
        FATE.set(f"whether batch {batch.batch_id} was published is not known: its row in the table batches says so")
    else:
        FATE.set(f"batch {batch.batch_id} is published" if is_published else "nothing was published")
