"""The books of a batch: ledger, quarantine and its own row, written and balanced in the publishing transaction."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

import sql
from tasks.batch import Batch
from tasks.best_effort import best_effort
from tasks.publish.loading import Loaded, TableRows
from tasks.stage.staging import Staged
from tasks.validate.bad_rows import BadRow
from tasks.validate.quarantine import table_lines
from warehouse import ConservationError, Warehouse, WarehouseBusy, WarehouseConnection


@dataclass(frozen=True)
class BatchRows:
    """What staging holds, how many of its rows are plays, and how many plays among them songplays lacks."""

    event_rows: int
    song_rows: int
    play_rows: int
    new_play_rows: int


@dataclass(frozen=True)
class Books:
    """All that is entered for a batch, and the rows of the star after it."""

    batch: Batch
    staged: Sequence[Staged]
    quarantined: Sequence[BadRow]
    rows: BatchRows
    loads: Sequence[Loaded]
    after: TableRows

    @property
    def plays_added_rows(self) -> int:
        """How many plays the load says it added to songplays."""
        return next(load.rows_added for load in self.loads if load.table == "songplays")


def count_batch(star: WarehouseConnection) -> BatchRows:
    """Count the batch before it is loaded."""
    with star.cursor() as cursor:
        [counts] = sql.fetch_named(cursor, "inspect/batch_rows")
    return BatchRows(**counts)


@task(name="record ledger", task_run_name="record ledger", cache_policy=NO_CACHE)
def record_ledger(star: WarehouseConnection, warehouse: Warehouse, books: Books) -> None:
    """Enter the batch's files into the ledger, its bad rows into quarantine, and mark it as published.

    Raises:
        ConservationError: the rows of the files, of staging, of the star and of quarantine do not add up.
        WarehouseBusy: another run has taken the warehouse over.
    """
    batch_id, now = books.batch.batch_id, datetime.now(UTC).replace(tzinfo=None)
    with star.cursor() as cursor:
        _publish(cursor, books, now)
        _copy(cursor, warehouse, books, "loaded_files", _ledger_lines(books))
        sql.run(cursor, "clear/quarantine", batch_id=batch_id)
        if books.quarantined:
            try:
                _copy(cursor, warehouse, books, "quarantine", table_lines(books.quarantined, batch_id, now))
            finally:
                _forget(warehouse, f"{books.batch.work_url}quarantine.json")
        _check_conservation(cursor, books)


def _publish(cursor: sql.Cursor, books: Books, now: datetime) -> None:
    """Mark the batch as published; this comes first, since nothing else makes sense for one that is not running."""
    published = sql.run(
        cursor,
        "batch/publish",
        batch_id=books.batch.batch_id,
        published_at=now,
        files=sum(len(part.files) for part in books.staged),
        event_rows=books.rows.event_rows,
        song_rows=books.rows.song_rows,
        plays_added_rows=books.plays_added_rows,
        plays_present_rows=books.rows.play_rows - books.plays_added_rows,
        quarantined_rows=len(books.quarantined),
        **{f"{table}_rows": rows for table, rows in books.after.items()},
    )
    if published != 1:
        raise WarehouseBusy(
            f"batch {books.batch.batch_id} is no longer running: another run has taken the warehouse over; run again, "
            "to publish it or to hear that nothing is new"
        )


def _copy(cursor: sql.Cursor, warehouse: Warehouse, books: Books, table: str, lines: Iterable[str]) -> None:
    files_url = f"{books.batch.work_url}{table}.json"
    warehouse.store.write(files_url, "\n".join(lines).encode())
    sql.run(cursor, f"copy/{table}", files_url=files_url, iam_role=warehouse.iam_role)


def _forget(warehouse: Warehouse, url: str) -> None:
    """Delete lines of the lake as soon as COPY has read them, also where the batch is not published in the end."""
    with best_effort(f"{url} still has lines of the lake", "a later run deletes it"):
        warehouse.store.delete(url)


def _ledger_lines(books: Books) -> Iterator[str]:
    quarantined = Counter(row.url for row in books.quarantined)
    for part in books.staged:
        for file in part.files:
            rows = part.rows_scanned[file.url]
            yield json.dumps(
                {
                    "url": file.url,
                    "etag": file.etag,
                    "size_bytes": file.size_bytes,
                    "last_modified": file.last_modified.strftime("%Y-%m-%d %H:%M:%S.%f"),
                    "dataset": part.dataset,
                    "batch_id": books.batch.batch_id,
                    "rows_scanned": rows,
                    "rows_loaded": rows - quarantined[file.url],
                    "rows_quarantined": quarantined[file.url],
                }
            )


def _check_conservation(cursor: sql.Cursor, books: Books) -> None:
    """Balance what the load history scanned with staging, the star and quarantine, as the transaction sees them."""
    imbalances = sql.fetch(
        cursor,
        "inspect/imbalances",
        batch_id=books.batch.batch_id,
        quarantined_rows=len(books.quarantined),
        new_play_rows=books.rows.new_play_rows,
        plays_added_rows=books.plays_added_rows,
        **{f"{load.table}_rows": load.rows_written for load in books.loads},
    )
    if imbalances:
        raise ConservationError(
            f"{describe(imbalances)}. Nothing is published; run again, and report this if it persists"
        )


def describe(imbalances: Sequence[tuple[object, ...]]) -> str:
    """Put accounts that do not balance into words."""
    return "; ".join(f"{account}: {due} rows are due, {found} are there" for account, due, found in imbalances)
