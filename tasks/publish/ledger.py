"""The audit tables of a batch: loaded_files (the ledger), quarantine, batches, batch_tables.

They are written in the publishing transaction, and the counts of rows must balance before that commits.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sql
from lake.clock import utc_now
from sql.datasets import DATASETS, STAGING
from sql.tables import KEPT
from tasks.batch import Batch
from tasks.best_effort import best_effort
from tasks.publish.loading import StarChange, TableRows
from tasks.stage.staging import Staged
from tasks.steps import step
from tasks.validate.bad_rows import BadRow
from tasks.validate.quarantine import table_lines
from tasks.wording import counted
from warehouse import ConservationError, Warehouse, WarehouseBusy, WarehouseConnection
from warehouse.usage import Usage

LINES_PER_OBJECT = 10_000
"""How many lines an object has at most that COPY fills the ledger or quarantine from: it reads several side by side."""


@dataclass(frozen=True)
class BatchRows:
    """What a batch has in the lake tables: rows, plays, plays that songplays lacks, and the latest ts."""

    event_rows: int
    song_rows: int
    play_rows: int
    new_play_rows: int
    newest_event_at: datetime | None
    first_moment: datetime | None
    last_moment: datetime | None
    """Of the plays that arrive or leave; None without any."""


@dataclass(frozen=True)
class BatchRecord:
    """What the audit tables get for a batch."""

    batch: Batch
    staged: Sequence[Staged]
    quarantined: Sequence[BadRow]
    rows: BatchRows
    changes: Sequence[StarChange]

    @property
    def plays_added_rows(self) -> int:
        """How many plays the load added to songplays, by its own count."""
        return next(change.load.rows_added for change in self.changes if change.load.table == "songplays")


def count_batch(star: WarehouseConnection, from_batch_id: int) -> tuple[BatchRows, TableRows]:
    """Count the batch before it is loaded, and read how many rows each table held; 0 where that is not known."""
    with star.cursor() as cursor:
        found = sql.fetch_named(cursor, "inspect/batch_rows", from_batch_id=from_batch_id)
    held = {row.pop("table_name"): row.pop("rows_after") for row in found}
    return BatchRows(**found[0]), {table: held.get(table, 0) for table in KEPT}


@step("record ledger")
def record_ledger(star: WarehouseConnection, warehouse: Warehouse, record: BatchRecord) -> None:
    """Insert the batch's files into the ledger and its bad rows into quarantine, and mark it as published.

    Raises:
        ConservationError: the rows of the files, of staging, of the star and of quarantine do not add up.
        WarehouseBusy: another run has taken the warehouse over.
    """
    batch_id, now = record.batch.batch_id, utc_now()
    with star.cursor() as cursor:
        _publish(cursor, record, warehouse.usage, now)
        tables = {name: rows for change in record.changes for name, rows in change.parameters.items()}
        sql.run(cursor, "insert/batch_tables", {"star": KEPT}, batch_id=batch_id, **tables)
        if any(part.files for part in record.staged):
            _copy(cursor, warehouse, record, "loaded_files", [*_ledger_lines(record)])
        sql.run_at_once(cursor, "supersede/versions", batch_id=batch_id)
        if record.quarantined:
            lines = [*table_lines(record.quarantined, batch_id, now)]
            try:
                _copy(cursor, warehouse, record, "quarantine", lines)
            finally:
                _delete(warehouse, _urls(record, "quarantine", lines))
        _check_conservation(cursor, record)


def _publish(cursor: sql.Cursor, record: BatchRecord, usage: Usage, now: datetime) -> None:
    """Mark the batch as published; this comes first, since nothing else makes sense for one that is not running."""
    published = sql.run(
        cursor,
        "batch/publish",
        batch_id=record.batch.batch_id,
        published_at=now,
        files=sum(len(part.files) for part in record.staged),
        event_rows=record.rows.event_rows,
        song_rows=record.rows.song_rows,
        plays_added_rows=record.plays_added_rows,
        plays_present_rows=record.rows.play_rows - record.plays_added_rows,
        quarantined_rows=len(record.quarantined),
        rows_erased=sum(part.rows_erased for part in record.staged),
        newest_event_at=record.rows.newest_event_at,
        **usage.counts,
    )
    if published != 1:
        raise WarehouseBusy(
            f"batch {record.batch.batch_id} is no longer running: another run has taken the warehouse over; run again, "
            "to load what that run has not"
        )


def _copy(cursor: sql.Cursor, warehouse: Warehouse, record: BatchRecord, table: str, lines: Sequence[str]) -> None:
    for number, url in enumerate(_urls(record, table, lines)):
        start = number * LINES_PER_OBJECT
        warehouse.store.write(url, "\n".join(lines[start : start + LINES_PER_OBJECT]).encode())
    sql.run(cursor, f"copy/{table}", files_url=f"{record.batch.work_url}{table}.", iam_role=warehouse.iam_role)


def _urls(record: BatchRecord, table: str, lines: Sequence[str]) -> list[str]:
    """Return the URLs of the objects that COPY fills a table from; it is given what they begin with."""
    numbers = range(0, len(lines), LINES_PER_OBJECT)
    return [f"{record.batch.work_url}{table}.{start // LINES_PER_OBJECT}.json" for start in numbers]


def _delete(warehouse: Warehouse, urls: Iterable[str]) -> None:
    """Delete the copies of bad rows as soon as COPY has read them, also where the batch is not published in the end."""
    for url in urls:
        with best_effort(f"{url} still has lines of the lake", "a later run deletes it"):
            warehouse.store.delete(url)


def _ledger_lines(record: BatchRecord) -> Iterator[str]:
    quarantined = Counter(row.url for row in record.quarantined)
    for part in record.staged:
        for file in part.files:
            rows, erased = part.rows_scanned[file.url], part.erased_of(file.url)
            loaded = None if rows is None or erased is None else rows - quarantined[file.url] - erased
            yield json.dumps(
                {
                    "url": file.url,
                    "etag": file.etag,
                    "size_bytes": file.size_bytes,
                    "last_modified": file.last_modified.strftime("%Y-%m-%d %H:%M:%S.%f"),
                    "dataset": part.dataset,
                    "batch_id": record.batch.batch_id,
                    "rows_scanned": rows,
                    "rows_loaded": loaded,
                    "rows_quarantined": quarantined[file.url],
                    "rows_erased": erased,
                    "is_current": True,
                }
            )


def _check_conservation(cursor: sql.Cursor, record: BatchRecord) -> None:
    """Compare the rows that COPY loaded with those in staging, the star and quarantine, inside the transaction.

    Those of erased people are in none of them.
    """
    staged = {f"{DATASETS[part.dataset].staging}_rows": part.rows - part.rows_erased for part in record.staged}
    for row in record.quarantined:
        staged[f"{DATASETS[row.dataset].staging}_rows"] -= 1
    imbalances = sql.fetch(
        cursor,
        "inspect/imbalances",
        {"staging": STAGING, "star": KEPT},
        batch_id=record.batch.batch_id,
        quarantined_rows=len(record.quarantined),
        loaded_files_rows=sum(len(part.files) for part in record.staged),
        **staged,
        new_play_rows=record.rows.new_play_rows,
        plays_added_rows=record.plays_added_rows,
    )
    if imbalances:
        raise ConservationError(
            f"{describe(imbalances)}. Nothing is published; run again, and report this if it persists"
        )


def describe(imbalances: Sequence[tuple[object, ...]]) -> str:
    """Return a message about row counts that do not balance."""
    return "; ".join(
        f"{account}: expected {counted(int(str(expected)), 'row')}, found {found}"
        for account, expected, found in imbalances
    )
