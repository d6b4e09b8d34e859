"""Work folders: what runs write for COPY to read. Once a run has published nothing reads it any more."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta

from client.limits import DAYS_KEPT
from lake.object_store import ObjectMissing, StoredObject, readers
from lake.parallel import parallel_map
from tasks.batch import Batch
from tasks.best_effort import best_effort
from tasks.steps import step
from warehouse import Warehouse
from warehouse.local import LocalWarehouse

KEPT = timedelta(days=DAYS_KEPT)
"""How long the folder of a run that did not publish is kept for diagnosis: as long as its load errors."""
THREADS = 16
RUN_FOLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/")
"""How a run's folder is named: by the run's id. Data Docs may be beside it."""


def clear_work_folders(warehouse: Warehouse, batch: Batch) -> None:
    """Delete the work folder of this run, and what runs of more than a week ago left; if that fails, a later run does.

    Its own folder too is old by then.
    """
    with best_effort(f"work folders are still below {warehouse.work_url}", "a later run deletes them"):
        delete_work_folders(warehouse, batch)


def clear_all_work_folders(warehouse: Warehouse) -> None:
    """Delete the work folders of all runs, for whoever holds the warehouse and has emptied it."""
    with best_effort(f"work folders are still below {warehouse.work_url}", "reset again, or delete them"):
        delete_all_work_folders(warehouse)


@step("clear work folders")
def delete_work_folders(warehouse: Warehouse, batch: Batch) -> None:
    """Delete the work folder of this run, and what runs of more than a week ago left: their folders and load history.

    Redshift empties its load history by itself.
    """
    oldest = batch.started_at.replace(tzinfo=UTC) - KEPT
    found = _of_runs(warehouse)
    _delete(warehouse, (each for each in found if each.url.startswith(batch.work_url) or each.last_modified < oldest))
    if isinstance(warehouse, LocalWarehouse):
        warehouse.forget_loads(KEPT)


@step("clear all work folders")
def delete_all_work_folders(warehouse: Warehouse) -> None:
    """Delete the work folders of all runs."""
    _delete(warehouse, _of_runs(warehouse))


def _of_runs(warehouse: Warehouse) -> Iterator[StoredObject]:
    try:
        for found in warehouse.store.list(warehouse.work_url):
            if RUN_FOLDER.match(found.url.removeprefix(warehouse.work_url)):
                yield found
    except ObjectMissing:  # no run has written anything yet
        return


def _delete(warehouse: Warehouse, objects: Iterable[StoredObject]) -> None:
    urls = [each.url for each in objects]
    for _ in parallel_map(warehouse.store.delete, urls, readers(urls, THREADS)):
        pass
