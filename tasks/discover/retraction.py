"""Retraction: which files are taken back, and which others were loaded together with them and are loaded again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sql
from lake.locations import BEGINS, lake_url
from sql.datasets import DATASETS
from tasks.batch import Batch
from tasks.discover.changes import Changes, load_again
from tasks.discover.discovery import Manifest, new_manifest
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.session import session
from tasks.wording import counted, enumerated
from warehouse import StorageError, Warehouse, WarehouseError

WHAT_DID = 'sparkify sql "SELECT batch_id, url FROM loaded_files WHERE is_current" lists what did'


@dataclass(frozen=True)
class Retraction:
    """The URLs of the files that are taken back, by dataset, and the manifests of what is loaded again for that."""

    files: Mapping[str, tuple[str, ...]]
    manifests: tuple[Manifest, ...]

    @property
    def count(self) -> str:
        """How many files are taken back, for a person."""
        return counted(sum(map(len, self.files.values())), "file")


def nothing_to_load(batch: Batch) -> list[Manifest]:
    """Return manifests without files, for a batch that loads none: staging is empty then."""
    return [new_manifest(batch, name, ()) for name in DATASETS]


@io_task("check lake tables")
def require_lake(warehouse: Warehouse) -> None:
    """Check that the lake tables have what was loaded.

    Raises:
        WarehouseError: nothing is in them, as in a warehouse of an older release before its first run.
    """
    with session(warehouse) as connection, connection.cursor() as cursor:
        if sql.fetch(cursor, "inspect/current_count") == [(0,)]:
            raise WarehouseError("the lake tables hold no file: run sparkify etl first, which fills them")


@io_task("find files to retract", timeout_seconds=3600)
def find_retraction(
    warehouse: Warehouse, batch: Batch, batch_id: int | None, files: str | None, *, without_missing: bool
) -> Retraction:
    """Find the current files of a batch, or of a place; what a URL names is judged by what is loaded, not by the lake.

    Raises:
        ValueError: neither or both are given.
        StorageError: no file is, or one that is needed again is not in the lake any more.
    """
    if (batch_id is None) == (files is None):
        raise ValueError("give either --batch N or --files URL: what is to be taken back")
    url = None if files is None else lake_url("files", files)
    with session(warehouse) as connection, connection.cursor() as cursor:
        beginning = None if url is None else url.removesuffix(BEGINS)
        found = sql.fetch_named(cursor, "inspect/current_files", batch_id=batch_id, url=beginning)
        if url is not None:
            found = _named(found, url)
        if not found:
            what = f"--files {files}" if batch_id is None else f"--batch {batch_id}"
            raise StorageError(f"{what}: none of what is loaded came from there; {WHAT_DID}")
        by_dataset = {name: [row for row in found if row["dataset"] == name] for name in DATASETS}
        manifests = []
        for name, rows in by_dataset.items():
            changes = Changes(withheld=[row["url"] for row in rows], superseded={row["batch_id"] for row in rows})
            again, accepted = load_again(cursor, warehouse.store, name, changes, {}, without_missing=without_missing)
            run_logger().info(
                "%s: %s to retract%s; %s of the same batches to load again",
                name,
                counted(len(rows), "file"),
                f", {enumerated(changes.withheld)}" if rows else "",
                counted(len(again), "other file"),
            )
            supersedes = tuple(sorted(changes.superseded))
            manifests.append(new_manifest(batch, name, again, supersedes=supersedes, accepted_rows=accepted))
    files_by_dataset = {name: tuple(row["url"] for row in rows) for name, rows in by_dataset.items() if rows}
    return Retraction(files_by_dataset, tuple(manifests))


def _named(found: list[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    """Choose what a URL names of the files that begin so: the file, or else the folder, or else all of them."""
    if url.endswith(("/", BEGINS)):
        return found
    file = [row for row in found if row["url"] == url]
    folder = [row for row in found if row["url"].startswith(f"{url}/")]
    return file or folder or found
