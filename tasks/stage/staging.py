"""Stage: COPY the new files of a dataset into its staging table, which then holds exactly the batch."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import psycopg2

import sql
from lake.object_store import StoredObject
from sql.datasets import DATASETS
from tasks.discover.discovery import Manifest
from tasks.fencing import fence
from tasks.opaque import opaque
from tasks.retries import io_task, is_conflict
from tasks.run_log import run_logger
from tasks.stage.changes import require_unchanged
from tasks.stage.copies import write_copies
from tasks.stage.copy_failures import MOST_ERRORS, why_failed
from tasks.stage.copy_progress import shown_progress
from tasks.stage.counting import Copied, FileRows, count_copied, count_files
from tasks.stage.erasure import erase_staged, without_erased
from tasks.stage.load_errors import LoadError, fetch_load_errors
from tasks.stage.sessions import Sessions
from tasks.steps import tell_outcome
from tasks.validate.bad_rows import Fault, describe_faults, look_up, refused
from tasks.wording import counted
from warehouse import CopyError, StorageError, Store, Warehouse, WarehouseConnection, WarehouseError

ARE_LOGGED = "load_error"
"""What Redshift's message has in it where COPY failed for lines that the load history tells: a system table's name."""
TIMEOUT_S = 3 * 3600.0


@dataclass(frozen=True)
class Staged:
    """What COPY staged of a manifest: the rows of all its files, those of each, and the lines that it refused."""

    manifest: Manifest
    rows: int
    """The rows of all files together, those that were refused too."""
    rows_scanned: FileRows
    load_errors: tuple[LoadError, ...]
    duration_s: float
    rows_erased: int = 0
    """How many of the rows are left out, since they are of people who were erased."""
    lines_erased: Counter[str] = field(default_factory=Counter)
    """How many of these COPY refused, by file: they are no load errors."""

    @property
    def dataset(self) -> str:
        """The dataset of the manifest."""
        return self.manifest.dataset

    @property
    def files(self) -> tuple[StoredObject, ...]:
        """The files of the manifest."""
        return self.manifest.files

    def erased_of(self, url: str) -> int | None:
        """Return how many rows of a file are left out; None where nothing tells which file they came from."""
        if self.rows_erased == self.lines_erased.total():
            return self.lines_erased[url]
        return self.rows_erased if len(self.files) == 1 else None

    @property
    def empty(self) -> list[str]:
        """The files that are known to hold no rows."""
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
        staged = [each for each in ended if isinstance(each, Staged)]
        with_bad_lines = [refused(part.dataset, part.load_errors) for part in staged if part.load_errors]
        raise _together(warehouse.store, failures, with_bad_lines)
    return [each for each in ended if isinstance(each, Staged)]


def _together(
    store: Store, failures: Sequence[BaseException], with_bad_lines: Sequence[Sequence[Fault]]
) -> BaseException:
    """Return one failure with what is wrong in every dataset, also in one whose COPY only refused lines."""
    expected = [failure for failure in failures if isinstance(failure, WarehouseError)]
    if not expected or len(expected) + len(with_bad_lines) == 1:
        return failures[0]
    messages = [*map(str, expected), *(describe_faults(look_up(store, faults)) for faults in with_bad_lines)]
    return type(expected[0])(*"\n".join(dict.fromkeys(messages)).split("\n"))


@io_task("stage", "stage {manifest.dataset}: {manifest.summary}")
def stage(warehouse: Warehouse, manifest: Manifest, sessions: Sessions) -> Staged:
    """COPY the files of a manifest into the dataset's staging table, in place of the batch before, without bad lines.

    Each compression has a COPY of its own, all of them in one transaction, which also deletes the rows of people who
    were erased. Others cancel it by `sessions`.

    Raises:
        CopyError: COPY would refuse more lines than MAXERROR allows, may not read at all, or does not say which lines.
        StorageError: files that cannot be read, or not as what they are named, or that were replaced meanwhile.
        ConservationError: COPY has not found what was written to compacted objects.
        WarehouseBusy: another run has taken the warehouse over.
    """
    started = time.perf_counter()
    copies, lock = write_copies(warehouse.store, manifest), DATASETS[manifest.dataset].staging
    with sessions.connect(warehouse) as connection, connection.cursor() as cursor:
        with connection:
            fence(cursor, lock)
            limit_ms = _copy_limit_ms(connection)
            sql.run_at_once(cursor, "clear/staging", {"staging": [lock]}, limit_ms=limit_ms)  # commits: ends the lock
        with connection:
            copied = _copy_all(connection, warehouse, copies, since=fence(cursor, lock))
            rows_erased = erase_staged(cursor, manifest.dataset) if copied else 0
        load_errors = _fetch_refused(connection, warehouse, copied)
        rows = sum(each.loaded_rows for each in copied) + len(load_errors)
        rows_scanned = count_files(connection, warehouse, copied, rows)
        load_errors, lines_erased = without_erased(connection, warehouse.store, manifest.dataset, load_errors)
    require_unchanged(warehouse.store, manifest.files)
    duration_s, rows_erased = time.perf_counter() - started, rows_erased + lines_erased.total()
    tell_outcome(f"{counted(rows, 'row')}, {len(load_errors):,} of them refused")
    if rows_erased:
        run_logger().info("%s of erased people left out", counted(rows_erased, "row"))
    return Staged(manifest, rows, rows_scanned, load_errors, duration_s, rows_erased, lines_erased)


def _copy_limit_ms(connection: WarehouseConnection) -> int:
    """Return how long a COPY may take: as long as staging, after which whoever waits for it cancels it, or longer."""
    limit_ms = connection.statement_timeout_ms
    return max(limit_ms, int(TIMEOUT_S * 1000)) if limit_ms else 0


def _copy_all(
    connection: WarehouseConnection, warehouse: Warehouse, copies: Sequence[Manifest], *, since: datetime
) -> list[Copied]:
    """Run one COPY after the other; those after a failed one only to report what else is wrong with the dataset."""
    copied: list[Copied] = []
    failures: list[WarehouseError] = []
    for part in copies:
        try:
            with shown_progress(warehouse, connection.info.backend_pid, part):
                copied.append(_copy(connection, warehouse, part, since))
        except (CopyError, StorageError) as error:
            failures.append(error)
    if failures:
        connection.rollback()
        faults = [fault for each in copied for fault in refused(each.part.dataset, _fetch(connection, warehouse, each))]
        raise _together(warehouse.store, failures, [faults] if faults else [])
    return copied


def _copy(connection: WarehouseConnection, warehouse: Warehouse, part: Manifest, since: datetime) -> Copied:
    """Run the COPY."""
    del connection.notices[:]
    with connection.cursor() as cursor:
        try:
            sql.run_at_once(
                cursor,
                f"copy/{DATASETS[part.dataset].staging}",
                manifest_url=part.url,
                compression=part.compression,
                iam_role=warehouse.iam_role,
                max_error=MOST_ERRORS,
            )
        except psycopg2.InternalError as error:
            if is_conflict(error):
                raise
            connection.rollback()
            failed = replace(count_copied(cursor, part, (), since), refused_lines=int(ARE_LOGGED in str(error)))
            raise why_failed(warehouse, failed, _fetch(connection, warehouse, failed), error) from error
        return count_copied(cursor, part, connection.notices, since)


def _fetch_refused(
    connection: WarehouseConnection, warehouse: Warehouse, copied: Sequence[Copied]
) -> tuple[LoadError, ...]:
    """Fetch the lines that COPY refused.

    Raises:
        CopyError: the load history does not have them all.
    """
    load_errors: list[LoadError] = []
    for each in copied:
        found = _fetch(connection, warehouse, each)
        if len(found) < (each.refused_lines or 0):
            raise CopyError(
                f"COPY refused {counted(each.refused_lines or 0, 'line')} of {each.part.dataset}, and the load history "
                f"of the warehouse tells {len(found):,} of them; nothing was loaded. Correct the files, or run again "
                "when it tells them"
            )
        load_errors += found
    return tuple(load_errors)


def _fetch(connection: WarehouseConnection, warehouse: Warehouse, copied: Copied) -> tuple[LoadError, ...]:
    return () if copied.refused_lines == 0 else fetch_load_errors(connection, warehouse, copied)
