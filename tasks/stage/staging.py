"""Stage: COPY the new files of a dataset into its staging table, which then holds exactly the batch."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import psycopg2

import sql
from lake.compression import Compression, open_content
from lake.object_store import StoredObject, readers
from lake.parallel import parallel_map
from sql.datasets import DATASETS
from tasks.discover.discovery import Manifest
from tasks.discover.file_names import logged
from tasks.fencing import STAGING_LOCKS, fence
from tasks.opaque import opaque
from tasks.retries import io_task, is_conflict
from tasks.run_log import run_logger
from tasks.stage.copies import READERS, write_copies
from tasks.stage.copy_progress import shown_progress
from tasks.stage.load_errors import LoadError, fetch_load_errors, why_refused
from tasks.stage.sessions import Sessions
from tasks.validate.bad_rows import describe_faults, look_up, refused
from tasks.wording import describe_files
from warehouse import (
    ConservationError,
    CopyError,
    StorageError,
    Store,
    Warehouse,
    WarehouseConnection,
    WarehouseError,
)

MOST_ERRORS = 100_000
"""The largest MAXERROR that Redshift takes (Redshift guide, copy-parameters-data-load).

COPY always gets it, since with less it would report the first bad line only. The validation of staging decides about
refused lines: without a budget the run fails then, before anything is published.
"""
CHUNK_BYTES = 1 << 17
BOUNDARY = b"}\n{"
"""What is between two JSON objects on lines of their own, and nowhere else: no text in JSON has a line end in it."""
REMEDY = "nothing is published; run again without --compact-songs, and report this"
TIMEOUT_S = 3 * 3600.0


@dataclass(frozen=True)
class Staged:
    """What COPY staged of one dataset: its files, the rows it scanned in each (by URL), those of them it refused."""

    dataset: str
    files: tuple[StoredObject, ...]
    rows_scanned: dict[str, int]
    load_errors: tuple[LoadError, ...]
    duration_s: float

    @property
    def rows(self) -> int:
        """The rows of all files together, those that were refused too."""
        return sum(self.rows_scanned.values())

    @property
    def empty(self) -> list[str]:
        """The files that hold no rows."""
        return [url for url, rows in self.rows_scanned.items() if rows == 0]


def stage_in_parallel(
    warehouse: Warehouse, manifests: Sequence[Manifest], *, timeout_s: float = TIMEOUT_S
) -> list[Staged]:
    """Stage the datasets at the same time; when this returns or raises, no COPY of theirs runs any more.

    A task in a thread gets no signal, and Prefect cannot end what it waits for: cancelling the run, or a timeout, ends
    the wait here, and this cancels the statements.

    Raises:
        CopyError, StorageError: see `stage`.
        TimeoutError: it takes longer than `timeout_s`.
    """
    until = time.monotonic() + timeout_s
    sessions = Sessions()
    futures = [stage.submit(warehouse, opaque(each), opaque(sessions)) for each in manifests]
    try:
        ended = [future.result(max(0.0, until - time.monotonic()), raise_on_failure=False) for future in futures]
    except BaseException:
        sessions.cancel(futures)
        raise
    failures = [each for each in ended if isinstance(each, BaseException)]
    if failures:
        raise _together(warehouse.store, failures, [each for each in ended if isinstance(each, Staged)])
    return [each for each in ended if isinstance(each, Staged)]


def _together(store: Store, failures: Sequence[BaseException], staged: Sequence[Staged]) -> BaseException:
    """Return one failure with what is wrong in every dataset, also in one whose COPY only refused lines."""
    expected = [failure for failure in failures if isinstance(failure, WarehouseError)]
    with_bad_lines = [refused(part.dataset, part.load_errors) for part in staged if part.load_errors]
    if not expected or len(expected) + len(with_bad_lines) == 1:
        return failures[0]
    messages = [*map(str, expected), *(describe_faults(look_up(store, faults)) for faults in with_bad_lines)]
    return type(expected[0])(*"\n".join(dict.fromkeys(messages)).split("\n"))


@io_task("stage", "stage {manifest.dataset}: {manifest.summary}")
def stage(warehouse: Warehouse, manifest: Manifest, sessions: Sessions) -> Staged:
    """COPY the files of a manifest into the dataset's staging table, in place of the batch before, without bad lines.

    Each compression has a COPY of its own, all of them in one transaction. Others cancel it by `sessions`.

    Raises:
        CopyError: COPY would refuse more lines than MAXERROR allows, or may not read at all.
        StorageError: files that cannot be read, or not as what they are named.
        ConservationError: files of which COPY has scanned fewer rows than they have.
    """
    started = time.perf_counter()
    copies, lock = write_copies(warehouse.store, manifest), STAGING_LOCKS[manifest.dataset]
    with sessions.connect(warehouse) as connection, connection.cursor() as cursor:
        with connection:
            fence(cursor, lock)
            sql.run(cursor, "clear/staging", {"staging": [DATASETS[manifest.dataset].staging]})  # commits: that ends the lock
        with connection:
            fence(cursor, lock)
            staged = _copy_all(connection, warehouse, manifest, copies)
    staged = replace(staged, duration_s=time.perf_counter() - started)
    refused_rows = len(staged.load_errors)
    run_logger().info("%s rows, %s of them refused, %.2f s", f"{staged.rows:,}", refused_rows, staged.duration_s)
    return staged


def _copy_all(
    connection: WarehouseConnection, warehouse: Warehouse, manifest: Manifest, copies: Sequence[Manifest]
) -> Staged:
    """Run one COPY after the other; those after a failed one only to report what else is wrong with the dataset."""
    rows: dict[str, int] = {}
    load_errors: list[LoadError] = []
    failures: list[WarehouseError] = []
    for part in copies:
        try:
            with shown_progress(warehouse, connection.info.backend_pid, part):
                load_errors += _copy(connection, warehouse, part)
            with connection.cursor() as cursor:
                rows |= _rows_by_file(cursor, warehouse, part)
        except (ConservationError, CopyError, StorageError) as error:
            failures.append(error)
    staged = Staged(manifest.dataset, manifest.files, rows, tuple(load_errors), 0.0)
    if failures:
        raise _together(warehouse.store, failures, [staged])
    return staged


def _copy(connection: WarehouseConnection, warehouse: Warehouse, manifest: Manifest) -> tuple[LoadError, ...]:
    """Run the COPY, and return the lines that it refused."""
    with connection.cursor() as cursor:
        try:
            sql.run(
                cursor,
                f"copy/{DATASETS[manifest.dataset].staging}",
                manifest_url=manifest.url,
                compression=manifest.compression,
                iam_role=warehouse.iam_role,
                max_error=MOST_ERRORS,
            )
        except psycopg2.InternalError as error:
            if is_conflict(error):
                raise
            connection.rollback()
            raise _why_failed(cursor, warehouse, manifest, error) from error
        return fetch_load_errors(cursor, warehouse, manifest)


def _why_failed(
    cursor: sql.Cursor, warehouse: Warehouse, manifest: Manifest, error: psycopg2.Error
) -> CopyError | StorageError:
    """Return what is wrong with the lines or the files that made COPY fail, or else its own message."""
    load_errors = fetch_load_errors(cursor, warehouse, manifest)
    why_unreadable = partial(_why_unreadable, warehouse.store, manifest.compression)
    found = parallel_map(why_unreadable, manifest.urls, readers(manifest.urls, READERS))
    unreadable = [] if len(load_errors) >= MOST_ERRORS else [reason for reason in found if reason]
    if unreadable:
        return StorageError(*describe_files([*map(str, unreadable)], "cannot be read").split("\n"))
    if load_errors:
        faults = look_up(warehouse.store, refused(manifest.dataset, load_errors))
        return CopyError(*describe_faults(faults).split("\n"))
    return CopyError(why_refused(manifest, error))


def _why_unreadable(store: Store, compression: Compression, url: str) -> StorageError | None:
    """Return why a file cannot be read, if so; a compressed one is read to its end, where it may be cut or damaged."""
    try:
        if compression is Compression.NONE:
            store.open(url).close()
        else:
            count_objects(store, url)
    except StorageError as error:
        return error
    return None


def _rows_by_file(cursor: sql.Cursor, warehouse: Warehouse, manifest: Manifest) -> dict[str, int]:
    """Read from the load history how many rows each file had, and compare that with the files themselves.

    Raises:
        ConservationError: COPY has scanned fewer rows of files than they have objects, or not the rows written to
            compacted objects.
    """
    found = sql.fetch_named(cursor, f"inspect/{warehouse.load_history}_file_rows")
    history = {file["url"]: int(file["rows_scanned"]) for file in found}  # a SUM is a Decimal
    compacted: Counter[str] = Counter()
    lost = []
    for url, origins in manifest.compacted.items():
        if (rows := history.get(logged(url), 0)) != len(origins):
            lost.append(f"{url}: {len(origins):,} rows were written to it, COPY found {rows:,}; {REMEDY}")
        compacted.update(source for source, _ in origins)
    copied = [file.url for file in manifest.files if file.url not in compacted]
    counted = {url: history.get(logged(url), 0) for url in copied}
    with_rows = [url for url in copied if counted[url]]
    counts = parallel_map(partial(count_objects, warehouse.store), with_rows, readers(with_rows, READERS))
    for url, objects in zip(with_rows, counts, strict=True):
        if counted[url] < objects:
            lost.append(
                f"{url} holds {objects:,} JSON objects, but COPY has scanned {counted[url]:,} rows of it: was it "
                "replaced in the meantime? Nothing is published; run again, and report this if it persists"
            )
    if lost:
        raise ConservationError(*describe_files(lost, "do not hold what COPY has scanned").split("\n"))
    return {**counted, **compacted}


def count_objects(store: Store, url: str) -> int:
    """Count the JSON objects of a file without COPY: those on lines of their own, however they are spelled."""
    boundaries, read = 0, b""
    with open_content(store, url) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            read = read[1 - len(BOUNDARY) :] + chunk.replace(b"\r", b"")
            boundaries += read.count(BOUNDARY)
    return boundaries + 1
