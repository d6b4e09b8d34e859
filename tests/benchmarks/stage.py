"""The flow's staging in a process of its own: find the files, then COPY logs and songs side by side."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from prefect.logging import disable_run_logger

import local_redshift.copy.load  # noqa: F401 - or COPY would, and the time would count
from tasks.batch import Batch
from tasks.discover.discovery import Manifest, discover, source
from tasks.provision.provisioning import provision
from tasks.stage.sessions import Sessions
from tasks.stage.staging import Staged, stage
from tests.benchmarks.process import tell
from warehouse import open_warehouse
from warehouse.home import home


def load(lake: Path) -> float:
    """Stage the whole lake, and return the seconds it took."""
    warehouse = open_warehouse("local")
    batch = Batch(1, datetime.now(UTC).replace(tzinfo=None), f"file://{home()}/manifests/")
    sources = [source("events", f"{lake}/log_data"), source("songs", f"{lake}/song_data")]

    def stage_one(manifest: Manifest) -> Staged:
        return stage.fn(warehouse, manifest, Sessions())

    with disable_run_logger(), ThreadPoolExecutor() as threads:
        provision.fn(warehouse)
        started = time.perf_counter()
        list(threads.map(stage_one, discover.fn(warehouse, batch, sources, full_refresh=True)))
        return time.perf_counter() - started


if __name__ == "__main__":
    tell(load(Path(sys.argv[1])))
