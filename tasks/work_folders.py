"""Work folders: what runs write for COPY to read. Once a run has published nothing reads it any more."""

import re
from collections.abc import Iterator
from datetime import UTC, timedelta

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.batch import Batch
from tasks.best_effort import best_effort
from warehouse import Warehouse
from warehouse.ahead import map_ahead
from warehouse.object_store import readers

DAYS_KEPT = 30
"""How long the folder of a run stays that did not publish, for whoever looks into why."""
THREADS = 16
RUN_FOLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/")
"""How a run's folder is named: by the run's id. Data Docs may lie beside it."""


def clear_work_folders(warehouse: Warehouse, batch: Batch) -> None:
    """Delete the work folder of this run, and those of runs of more than 30 days ago; if that fails, a later run does.

    Its own folder too is old by then.
    """
    with best_effort(f"work folders are still below {warehouse.work_url}", "a later run deletes them"):
        delete_work_folders(warehouse, batch)


@task(name="clear work folders", task_run_name="clear work folders", cache_policy=NO_CACHE)
def delete_work_folders(warehouse: Warehouse, batch: Batch) -> None:
    """Delete the work folder of this run, and those of runs of more than 30 days ago."""
    urls = list(_needless(warehouse, batch))
    for _ in map_ahead(warehouse.store.delete, urls, readers(urls, THREADS)):
        pass


def _needless(warehouse: Warehouse, batch: Batch) -> Iterator[str]:
    oldest = batch.started_at.replace(tzinfo=UTC) - timedelta(days=DAYS_KEPT)
    for found in warehouse.store.list(warehouse.work_url):
        is_run = RUN_FOLDER.match(found.url.removeprefix(warehouse.work_url))
        if found.url.startswith(batch.work_url) or (is_run and found.last_modified < oldest):
            yield found.url
