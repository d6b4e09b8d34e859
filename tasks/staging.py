"""Stage: COPY the new files of a dataset into its staging table, which then holds exactly the batch."""

import time
from contextlib import closing
from dataclasses import dataclass

import psycopg2
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

import sql
from tasks.discovery import Manifest
from tasks.evidence import find_value
from tasks.retries import RETRIES, backoff_with_jitter, is_conflict, is_transient
from warehouse import CopyError, StorageError, Warehouse, WarehouseConnection
from warehouse.object_store import StoredObject

FILENAME_BYTES = 256
"""How much of a file's name the load history keeps."""


@dataclass(frozen=True)
class Staged:
    """What COPY staged of one dataset: its files, the rows it scanned in each (by URL), and the seconds it took."""

    dataset: str
    files: tuple[StoredObject, ...]
    rows_scanned: dict[str, int]
    duration_s: float

    @property
    def rows(self) -> int:
        """The rows of all files together."""
        return sum(self.rows_scanned.values())


@task(
    name="stage",
    task_run_name="stage {manifest.dataset}: {manifest.summary}",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=backoff_with_jitter,
    retry_condition_fn=is_transient,
)
def stage(warehouse: Warehouse, manifest: Manifest) -> Staged:
    """COPY the files of a manifest into the dataset's staging table, in place of the batch before.

    Raises:
        CopyError: a line that is not JSON, or a value that does not fit its column.
        StorageError: a file without rows, or one that cannot be read.
    """
    started = time.perf_counter()
    rows: dict[str, int] = {}
    with closing(warehouse.connect()) as connection, connection, connection.cursor() as cursor:
        sql.run(cursor, f"clear/staging_{manifest.dataset}")
        if manifest.files:
            _copy(connection, warehouse, manifest)
            rows = _rows_by_file(cursor, warehouse, manifest)
    staged = Staged(manifest.dataset, manifest.files, rows, time.perf_counter() - started)
    get_run_logger().info("%s rows, %.2f s", f"{staged.rows:,}", staged.duration_s)
    return staged


def _copy(connection: WarehouseConnection, warehouse: Warehouse, manifest: Manifest) -> None:
    with connection.cursor() as cursor:
        try:
            sql.run(
                cursor,
                f"copy/staging_{manifest.dataset}",
                manifest_url=manifest.url,
                iam_role=warehouse.iam_role,
            )
        except psycopg2.InternalError as error:
            if is_conflict(error):
                raise
            connection.rollback()
            rejected = sql.fetch(cursor, f"inspect/{warehouse.load_history}_load_errors")
            if not rejected:
                raise CopyError(f"COPY of {manifest.dataset} failed: {str(error).strip()}") from error
            raise CopyError(_describe(warehouse, manifest, rejected[0])) from error


def _describe(warehouse: Warehouse, manifest: Manifest, rejected: tuple[object, ...]) -> str:
    """Put a row of the load errors into one sentence: file, line, column, value, reason, remedy."""
    logged, line, column, kind, length, value, code, reason = rejected
    url = {_logged(file.url): file.url for file in manifest.files}.get(str(logged), str(logged))
    if value is None and column:
        value = find_value(warehouse.store, url, int(str(line)), str(column))
    shown = f"{str(value)[:80]!r}"
    if code == 1204 and str(kind).lower() in ("varchar", "char", "character", "character varying"):
        why = f"{shown} is too long, {str(kind).upper()}({length}) allows {length} bytes"
    else:
        why = f"{shown}: {reason} (code {code})" if value else f"{reason} (code {code})"
    place = f'{url} line {line}, column "{column}"' if column else f"{url} line {line}"
    return f"{place}: {why}. Correct the file and run again; nothing was loaded"


def _logged(url: str) -> str:
    """Return a file's name as the load history keeps it."""
    return url.encode()[:FILENAME_BYTES].decode(errors="ignore")


def _rows_by_file(cursor: sql.Cursor, warehouse: Warehouse, manifest: Manifest) -> dict[str, int]:
    """Ask the load history how many rows each file held.

    Raises:
        StorageError: a file held none, or is not in the history.
    """
    rows_by_name = sql.fetch(cursor, f"inspect/{warehouse.load_history}_file_rows")
    history = {str(name): int(str(rows)) for name, rows in rows_by_name}
    counted = {}
    for file in manifest.files:
        rows = history.get(_logged(file.url), 0)
        if rows == 0:
            raise StorageError(f"{file.url} is empty: it holds no rows; remove it or deliver it again")
        counted[file.url] = rows
    return counted
