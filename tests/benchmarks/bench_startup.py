"""How long `sparkify etl` takes beside an empty Prefect flow: with nothing new, and on the first load of a lake.

Every run is a process of its own with a Prefect server of its own, as at a terminal. PostgreSQL runs already. The cases
take turns, since the machine may be busy with other things.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sample_lake.simulation import LakeSpec, write_lake
from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.process import ROOT

REAL_LAKE = ROOT.parent / "shared/lake"
EMPTY = """
from prefect import flow, task
@task
def nothing(): pass
@flow
def empty(): nothing()
empty()
"""


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Run an empty flow, then etl twice: on an empty warehouse, and with nothing new."""
    lake = REAL_LAKE if REAL_LAKE.is_dir() else _sample(folder / "lake")
    etl = ["-m", "cli", "etl", "--events", str(lake / "log_data"), "--songs", str(lake / "song_data")]
    _run(etl)  # initialises PostgreSQL and both homes
    empty, first_load, nothing_new = [], [], []
    for _ in range(scale.rounds):
        empty.append(_run(["-c", EMPTY]))
        _run(["-m", "cli", "reset", "--yes"])
        first_load.append(_run(etl))
        nothing_new.append(_run(etl))
    for case, seconds, limit in (("nothing new", nothing_new, 1.25), ("8,056 events, first load", first_load, 2.0)):
        yield Figure(
            f"sparkify etl, {case}", tuple(seconds), "an empty flow of one task", tuple(empty), ratio_limit=limit
        )


def _sample(folder: Path) -> Path:
    write_lake(folder, LakeSpec(events=8_056, songs=71))
    return folder


def _run(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started
