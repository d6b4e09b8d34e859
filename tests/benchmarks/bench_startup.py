"""How long `sparkify etl` takes beside an empty Prefect flow: with nothing new, and on the first load of a lake.

Every run is a process of its own with a Prefect server of its own, as at a terminal. PostgreSQL runs already.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tasks.simulation import LakeSpec, write_lake
from warehouse import postgres_server

ROOT = Path(__file__).parents[2]
REAL_LAKE = ROOT.parent / "shared/lake"
EMPTY = """
import os
from flows.__main__ import PREFECT_DEFAULTS
os.environ.update(PREFECT_DEFAULTS)
from prefect import flow, task
@task
def nothing(): pass
@flow
def empty(): nothing()
empty()
"""


def main(arguments: Sequence[str]) -> int:
    """Print the median wall times and their ratios to the empty flow's."""
    rounds = 1 if "--quick" in arguments else 5
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = {**os.environ, "SPARKIFY_HOME": str(home / "sparkify"), "PREFECT_HOME": str(home / "prefect")}
        environment.pop("PREFECT_API_URL", None)
        lake = REAL_LAKE if REAL_LAKE.is_dir() else _sample(home / "lake")
        etl = ["-m", "flows", "etl", "--events", str(lake / "log_data"), "--songs", str(lake / "song_data")]
        _run(etl, environment)  # initialises PostgreSQL and both homes
        try:
            empty = [_run(["-c", EMPTY], environment) for _ in range(rounds)]
            nothing_new = [_run(etl, environment) for _ in range(rounds)]
            first_load = [_first_load(etl, environment) for _ in range(rounds)]
        finally:
            postgres_server.stop(home / "sparkify")
    _print({"an empty flow of one task": empty, "etl with nothing new": nothing_new, "etl, first load": first_load})
    return 0


def _sample(folder: Path) -> Path:
    write_lake(folder, LakeSpec(events=8_056, songs=71))
    return folder


def _first_load(etl: list[str], environment: dict[str, str]) -> float:
    _run(["-m", "flows", "reset", "--yes"], environment)
    return _run(etl, environment)


def _run(arguments: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def _print(results: dict[str, list[float]]) -> None:
    medians = {case: statistics.median(seconds) for case, seconds in results.items()}
    least = next(iter(medians.values()))
    table = Table("start-up", "seconds", "ratio", box=None)
    for case, seconds in medians.items():
        table.add_row(case, f"{seconds:.2f} s", f"{seconds / least:.2f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
