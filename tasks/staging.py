"""Stage: COPY the new files of a dataset into its staging table, which then holds exactly the batch."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial

import psycopg2
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

import sql
from tasks.copies import READERS, write_copies
from tasks.copy_progress import shown_progress
from tasks.discovery import Manifest
from tasks.evidence import read_value
from tasks.file_names import logged
from tasks.rejection import Rejection, fetch_rejections, why_refused
from tasks.retries import RETRIES, backoff_with_jitter, is_conflict, is_transient
from tasks.whole import whole
from warehouse import ConservationError, CopyError, StorageError, Store, Warehouse, WarehouseConnection
from warehouse.ahead import map_ahead
from warehouse.compression import Compression, open_content
from warehouse.object_store import StoredObject, readers

MOST_ERRORS = 100_000
"""The largest MAXERROR that Redshift takes (Redshift guide, copy-parameters-data-load)."""
CHUNK_BYTES = 1 << 17
BOUNDARY = b"}\n{"
"""What lies between two JSON objects on lines of their own, and nowhere else: no text in JSON has a line end in it."""
REMEDY = "nothing is published; run again without --compact-songs, and report this"
TIMEOUT_S = 3 * 3600.0
CANCELLED_AGAIN_S = 0.5


@dataclass(frozen=True)
class Staged:
    """What COPY staged of one dataset: its files, the rows it scanned in each (by URL), those of them it refused."""

    dataset: str
    files: tuple[StoredObject, ...]
    rows_scanned: dict[str, int]
    rejected: tuple[Rejection, ...]
    duration_s: float

    @property
    def rows(self) -> int:
        """The rows of all files together, those that were refused too."""
        return sum(self.rows_scanned.values())


def stage_side_by_side(
    warehouse: Warehouse, manifests: Sequence[Manifest], *, leave_out_bad_lines: bool, timeout_s: float = TIMEOUT_S
) -> list[Staged]:
    """Stage the datasets at the same time; when this returns or raises, no COPY of theirs runs any more.

    A task that runs in a thread hears of no signal, and Prefect cannot end what it waits for: cancelling the run, or a
    time-out, ends the wait here, and this ends the statements.

    Raises:
        CopyError, StorageError: see `stage`.
        TimeoutError: it takes longer than `timeout_s`.
    """
    until = time.monotonic() + timeout_s
    copying: list[WarehouseConnection] = []
    futures = [
        stage.submit(warehouse, whole(each), whole(copying), leave_out_bad_lines=leave_out_bad_lines)
        for each in manifests
    ]
    try:
        return [future.result(max(0.0, until - time.monotonic())) for future in futures]
    except BaseException as error:
        is_failure = isinstance(error, Exception) and not isinstance(error, TimeoutError)
        _wait_for_the_end(futures, () if is_failure else copying)
        raise


def _wait_for_the_end(futures: Sequence[PrefectFuture[Staged]], cancelled: Sequence[WarehouseConnection]) -> None:
    """Wait until the tasks have ended, cancelling what runs on these connections, and what runs there next."""
    for future in futures:
        while True:
            for connection in cancelled:
                with suppress(psycopg2.Error):  # it is closed
                    connection.cancel()
            try:
                future.result(CANCELLED_AGAIN_S, raise_on_failure=False)
            except TimeoutError:
                continue
            break


@task(
    name="stage",
    task_run_name="stage {manifest.dataset}: {manifest.summary}",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=backoff_with_jitter,
    retry_condition_fn=is_transient,
)
def stage(
    warehouse: Warehouse, manifest: Manifest, copying: list[WarehouseConnection], *, leave_out_bad_lines: bool
) -> Staged:
    """COPY the files of a manifest into the dataset's staging table, in place of the batch before.

    Each compression has a COPY of its own, all of them in one transaction.
    Its connection is added to `copying`, so that another thread can cancel what runs there.

    Raises:
        CopyError: a line that is not JSON, or a value that does not fit its column; or too many to leave out.
        StorageError: a file without rows, or one that cannot be read, or not as what it is named.
    """
    started = time.perf_counter()
    rows: dict[str, int] = {}
    rejected: list[Rejection] = []
    copies = write_copies(warehouse.store, manifest)
    with closing(warehouse.connect()) as connection, connection.cursor() as cursor:
        copying.append(connection)
        with connection:
            sql.run(cursor, f"clear/staging_{manifest.dataset}")
        with connection:
            for part in copies:
                with shown_progress(warehouse, connection.info.backend_pid, part):
                    rejected += _copy(connection, warehouse, part, MOST_ERRORS if leave_out_bad_lines else 0)
                rows |= _rows_by_file(cursor, warehouse, part)
    staged = Staged(manifest.dataset, manifest.files, rows, tuple(rejected), time.perf_counter() - started)
    get_run_logger().info("%s rows, %s of them refused, %.2f s", f"{staged.rows:,}", len(rejected), staged.duration_s)
    return staged


def _copy(
    connection: WarehouseConnection, warehouse: Warehouse, manifest: Manifest, max_error: int
) -> tuple[Rejection, ...]:
    """Run the COPY, and return the lines that it left out."""
    with connection.cursor() as cursor:
        try:
            sql.run(
                cursor,
                f"copy/staging_{manifest.dataset}",
                manifest_url=manifest.url,
                compression=manifest.compression,
                iam_role=warehouse.iam_role,
                max_error=max_error,
            )
        except psycopg2.InternalError as error:
            if is_conflict(error):
                raise
            connection.rollback()
            rejected = fetch_rejections(cursor, warehouse, manifest)
            if len(rejected) < max(max_error, 1):  # it was no line that failed the COPY
                _require_readable(warehouse.store, manifest)
                raise CopyError(why_refused(manifest, error)) from error
            raise CopyError(_describe(warehouse.store, rejected)) from error
        return fetch_rejections(cursor, warehouse, manifest) if max_error else ()


def _require_readable(store: Store, manifest: Manifest) -> None:
    """Read compressed files to their end, since Redshift need not say which one is cut or damaged.

    Raises:
        CorruptObject: one of them cannot be decompressed.
    """
    if manifest.compression is not Compression.NONE:
        for _ in map_ahead(partial(count_objects, store), manifest.urls, readers(manifest.urls, READERS)):
            pass


def _describe(store: Store, rejected: Sequence[Rejection]) -> str:
    """Put what COPY failed for into one sentence: file, line, column, value, reason, remedy."""
    first = rejected[0]
    value = read_value(store, first)
    many = f" (and {len(rejected) - 1:,} more lines)" if len(rejected) > 1 else ""
    return f"{first.place}: {first.why(value)}{many}. Correct the file and run again; nothing was loaded"


def _rows_by_file(cursor: sql.Cursor, warehouse: Warehouse, manifest: Manifest) -> dict[str, int]:
    """Ask the load history how many rows each file held, and hold that against what the files themselves hold.

    Raises:
        StorageError: a file held none, or is not in the history.
        ConservationError: COPY has scanned fewer rows of a file than it has objects, or not the rows written to a
            compacted object.
    """
    rows_by_name = sql.fetch(cursor, f"inspect/{warehouse.load_history}_file_rows")
    history = {str(name): int(str(rows)) for name, rows in rows_by_name}
    compacted: Counter[str] = Counter()
    for url, origins in manifest.compacted.items():
        if (rows := history.get(logged(url), 0)) != len(origins):
            raise ConservationError(f"{url}: {len(origins):,} rows were written to it, COPY found {rows:,}; {REMEDY}")
        compacted.update(source for source, _ in origins)
    copied = [file.url for file in manifest.files if file.url not in compacted]
    counted = {url: history.get(logged(url), 0) for url in copied}
    for url, rows in counted.items():
        if rows == 0:
            raise StorageError(f"{url} is empty: it holds no rows; remove it or deliver it again")
    found = map_ahead(partial(count_objects, warehouse.store), copied, readers(copied, READERS))
    for url, objects in zip(copied, found, strict=True):
        if counted[url] < objects:
            raise ConservationError(
                f"{url} holds {objects:,} JSON objects, but COPY has scanned {counted[url]:,} rows of it: was it "
                "replaced in the meantime? Nothing is published; run again, and report this if it persists"
            )
    return {**counted, **compacted}


def count_objects(store: Store, url: str) -> int:
    """Count the JSON objects of a file without COPY: those on lines of their own, however they are spelled."""
    boundaries, read = 0, b""
    with open_content(store, url) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            read = read[1 - len(BOUNDARY) :] + chunk.replace(b"\r", b"")
            boundaries += read.count(BOUNDARY)
    return boundaries + 1
