"""The batch: one run's hold on the warehouse, its row in the books, and its publication."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg2
from prefect import get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE

import sql
from tasks.loading import TableRows, count_star
from tasks.staging import Staged
from warehouse import ConservationError, Warehouse, WarehouseBusy, WarehouseConnection
from warehouse.object_store import write_object

SILENT_WAIT_S = 2.0
PATIENCE_S = 3600.0


@dataclass(frozen=True)
class Batch:
    """One run of the flow on a warehouse that it holds."""

    batch_id: int
    started_at: datetime


@contextmanager
def exclusive_batch(warehouse: Warehouse, patience_s: float = PATIENCE_S) -> Iterator[Batch]:
    """Hold the warehouse while the body runs, and keep the batch's row in the books true to what becomes of it.

    Raises:
        WarehouseBusy: another run holds it, and did not let go in time.
    """
    with closing(warehouse.connect()) as lock, closing(warehouse.connect()) as books:
        _take_lock(lock, books, patience_s)
        batch = _open(books)
        try:
            yield batch
        except BaseException:
            with suppress(psycopg2.Error):
                _close(books, batch, "failed")
            raise
        else:
            _close(books, batch, "nothing new")


@contextmanager
def star_transaction(warehouse: Warehouse) -> Iterator[WarehouseConnection]:
    """Open the one transaction that a batch is published in: committed when the body ends well, else rolled back."""
    with closing(warehouse.connect()) as connection, connection:
        yield connection


@task(name="clear star", task_run_name="clear star", cache_policy=NO_CACHE)
def clear_star(star: WarehouseConnection) -> None:
    """Empty the star and the ledger inside the transaction that will fill them again."""
    with star.cursor() as cursor:
        sql.run(cursor, "clear/star")


@task(name="record ledger", task_run_name="record ledger", cache_policy=NO_CACHE)
def record_ledger(
    star: WarehouseConnection, warehouse: Warehouse, batch: Batch, staged: Sequence[Staged], before: TableRows
) -> TableRows:
    """Enter the batch's files into the ledger and mark the batch as published; return the star's row counts.

    Raises:
        ConservationError: the rows of the files, of staging and of songplays do not add up.
        WarehouseBusy: another run has taken the warehouse over.
    """
    files_url = f"{warehouse.work_url}loaded_files.json"
    write_object(files_url, "\n".join(_ledger_lines(batch, staged)).encode())
    after = count_star(star)
    with star.cursor() as cursor:
        counts = _count(cursor, staged, after["songplays"] - before["songplays"])
        sql.run(cursor, "copy/loaded_files", files_url=files_url, iam_role=warehouse.iam_role)
        published = sql.run(
            cursor,
            "batch/publish",
            batch_id=batch.batch_id,
            published_at=datetime.now(UTC).replace(tzinfo=None),
            files=sum(len(part.files) for part in staged),
            **counts,
        )
    if published != 1:
        raise WarehouseBusy(f"batch {batch.batch_id} was taken over by another run: nothing is published, run again")
    return after


def _ledger_lines(batch: Batch, staged: Sequence[Staged]) -> Iterator[str]:
    for part in staged:
        for file in part.files:
            rows = part.rows_scanned[file.url]
            yield json.dumps(
                {
                    "url": file.url,
                    "etag": file.etag,
                    "size_bytes": file.size_bytes,
                    "last_modified": file.last_modified.strftime("%Y-%m-%d %H:%M:%S.%f"),
                    "dataset": part.dataset,
                    "batch_id": batch.batch_id,
                    "rows_scanned": rows,
                    "rows_loaded": rows,
                    "rows_quarantined": 0,
                }
            )


def _count(cursor: sql.Cursor, staged: Sequence[Staged], added: int) -> dict[str, object]:
    """Check that no row was lost between the files, staging and songplays, and return the batch's counts."""
    events, songs, plays = (int(str(count)) for count in sql.fetch(cursor, "inspect/staging_rows")[0])
    in_staging = {"events": events, "songs": songs}
    for part in staged:
        if part.rows != in_staging[part.dataset]:
            raise ConservationError(
                f"the files of {part.dataset} hold {part.rows} rows, staging_{part.dataset} "
                f"{in_staging[part.dataset]}: nothing is published; run again, and report this if it persists"
            )
    if not 0 <= added <= plays:
        raise ConservationError(f"{plays} plays staged, but songplays grew by {added}: nothing is published")
    return {
        "event_rows": events,
        "song_rows": songs,
        "plays_added_rows": added,
        "plays_present_rows": plays - added,
    }


def _take_lock(lock: WarehouseConnection, books: WarehouseConnection, patience_s: float) -> None:
    if _try_lock(lock, SILENT_WAIT_S):
        return
    with books, books.cursor() as cursor:
        holder = sql.fetch(cursor, "batch/holder")
    who = (
        f"run {holder[0][0]!r}, started {holder[0][1]} UTC, holds the warehouse" if holder else "the warehouse is held"
    )
    get_run_logger().info("waiting: %s", who)
    if not _try_lock(lock, patience_s):
        raise WarehouseBusy(f"{who}, and did not let go for {patience_s:.0f} s: wait for it, or cancel it")


def _try_lock(lock: WarehouseConnection, wait_s: float) -> bool:
    with lock.cursor() as cursor:
        cursor.execute("SET statement_timeout TO %s", (max(1, int(wait_s * 1000)),))
        try:
            sql.run(cursor, "batch/lock")
        except psycopg2.errors.QueryCanceled:
            lock.rollback()
            return False
        cursor.execute("SET statement_timeout TO 0")
    return True


def _open(books: WarehouseConnection) -> Batch:
    started_at = datetime.now(UTC).replace(tzinfo=None)
    with books, books.cursor() as cursor:
        rows = sql.fetch(
            cursor,
            "batch/open",
            flow_run_id=str(runtime.flow_run.id),
            flow_run_name=str(runtime.flow_run.name),
            started_at=started_at,
        )
    return Batch(batch_id=int(str(rows[0][0])), started_at=started_at)


def _close(books: WarehouseConnection, batch: Batch, status: str) -> None:
    with books, books.cursor() as cursor:
        sql.run(cursor, "batch/close", batch_id=batch.batch_id, status=status)
