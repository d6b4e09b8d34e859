"""The batch: one run's hold on the warehouse, and its row in the table `batches`."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg2
from prefect import runtime

import sql
from lake.clock import utc_now
from tasks.code_version import code_version
from tasks.failures import reason_of
from tasks.fencing import fence, fencing_number
from tasks.lease import PATIENCE_S, hold
from tasks.provision.integrity import prepare_tables
from tasks.retries import io_task
from tasks.session import session
from warehouse import Warehouse, WarehouseError

OUTCOME: ContextVar[str] = ContextVar("outcome", default="")
"""For messages: whether the batch of this run was published, as far as is known; empty for a run without a batch."""
NOTHING_PUBLISHED = "nothing was published"
ABANDONED = "the run did not end its batch: its process or machine was ended, or another run took the warehouse over"
"""Why a batch is abandoned, as far as the run that finds it knows."""


@dataclass(frozen=True)
class Batch:
    """What one run of a flow publishes at once, on a warehouse that it holds."""

    batch_id: int
    started_at: datetime
    work_url: str
    """Where this run, and no other, writes its manifests; it ends with a slash."""
    before: str = ""
    """For messages: what the same run has published before, and what it had left; empty for its first batch."""


@contextmanager
def exclusive_batch(
    warehouse: Warehouse,
    patience_s: float = PATIENCE_S,
    *,
    full_refresh: bool = False,
    rebuild: bool = False,
    take_over: bool = False,
    before: str = "",
) -> Iterator[Batch]:
    """Hold the warehouse while the body runs, and insert the batch into `batches`.

    The body ends it: `publish` commits it as published, and `close_batch` ends one that has nothing to load. One that
    fails is closed here. Tables that are missing are made first, unless what they held is lost; a full refresh loads
    that again, and a rebuild computes the star again. `before` is that of the batch.

    Raises:
        WarehouseBusy: another run holds it, and did not let go in time, or takes it over.
        DamagedWarehouse: a table, a column or rows are lost.
    """
    OUTCOME.set(before or NOTHING_PUBLISHED)
    with hold(warehouse, patience_s, take_over=take_over):
        prepare_tables(warehouse, full_refresh=full_refresh, rebuild=rebuild)
        batch = replace(open_batch(warehouse), before=before)
        try:
            yield batch
        except BaseException as error:
            close_batch(warehouse, batch, "failed", reason_of(error))
            raise


@io_task("open batch")
def open_batch(warehouse: Warehouse) -> Batch:
    """Insert the run into `batches` as a new batch; one that is still running there is abandoned: its run died."""
    started_at = utc_now()
    flow_run_id, code = str(runtime.flow_run.id), code_version()  # git is not asked while run_lock is held
    with session(warehouse) as connection, connection, connection.cursor() as cursor:
        fence(cursor)
        [opened] = sql.fetch_at_once(
            cursor,
            "batch/open",
            flow_run_id=flow_run_id,
            flow_run_name=str(runtime.flow_run.name),
            started_at=started_at,
            reason=ABANDONED,
            code_version=code,
        )
    return Batch(opened["batch_id"], started_at, work_url=f"{warehouse.work_url}{flow_run_id}/")


def close_batch(warehouse: Warehouse, batch: Batch, status: str, reason: str | None = None) -> bool | None:
    """Close a batch with this status unless it was published; return whether it was, None if that cannot be read.

    The reason is that of a failure.

    A transaction that may still commit the batch has locked its row: this waits until it ends. Where a batch cannot
    be closed, as by a run that has lost the warehouse, the next run marks it as abandoned.
    """
    known: dict[str, object] | None = None
    with (
        suppress(psycopg2.Error, WarehouseError),
        closing(warehouse.connect()) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        end = {"status": status, "ended_at": utc_now(), "reason": reason, **warehouse.usage.counts}
        held = {"batch_id": batch.batch_id, "fencing_number": fencing_number()}
        [known] = sql.fetch_at_once(cursor, "batch/end", **end, **held)
    return None if known is None else known["status"] == "published"


@io_task("find batch outcome")
def find_outcome(warehouse: Warehouse, batch: Batch) -> bool:
    """Return whether a batch is published, after a COMMIT whose answer is lost; it may be published later.

    That transaction has locked the batch's row: this waits until it ends.
    """
    with closing(warehouse.connect()) as connection, connection, connection.cursor() as cursor:
        [known] = sql.fetch_at_once(cursor, "batch/outcome", batch_id=batch.batch_id)
    return bool(known["status"] == "published")


def remember_outcome(batch: Batch, is_published: bool | None) -> None:
    """Remember whether the batch was published; None where nobody knows."""
    if is_published is None:
        OUTCOME.set(f"whether batch {batch.batch_id} was published is not known: see its row in the table batches")
    else:
        OUTCOME.set(f"batch {batch.batch_id} is published" if is_published else batch.before or NOTHING_PUBLISHED)
