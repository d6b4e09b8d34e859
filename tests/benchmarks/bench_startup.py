"""How long `sparkify etl` takes beside an empty Prefect flow: with nothing new, and on the first load of a lake.

Every run is a process of its own with a Prefect server of its own, as at a terminal. PostgreSQL runs already. The cases
take turns, since the machine may be busy with other things; each ratio is the median of those of its rounds.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tasks.simulation import LakeSpec, write_lake
from warehouse import postgres_server

ROOT = Path(__file__).parents[2]
REAL_LAKE = ROOT.parent / "shared/lake"
EMPTY = """
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
        environment |= {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180"}
        environment |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        environment.pop("PREFECT_API_URL", None)
        lake = REAL_LAKE if REAL_LAKE.is_dir() else _sample(home / "lake")
        etl = ["-m", "flows", "etl", "--events", str(lake / "log_data"), "--songs", str(lake / "song_data")]
        _run(etl, environment)  # initialises PostgreSQL and both homes
        cases: dict[str, Callable[[], float]] = {
            "an empty flow of one task": lambda: _run(["-c", EMPTY], environment),
            "etl with nothing new": lambda: _run(etl, environment),
            "etl, first load": lambda: _first_load(etl, environment),
        }
        try:
            _print(list(cases), [[run() for run in cases.values()] for _ in range(rounds)])
        finally:
            postgres_server.stop(home / "sparkify")
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


def _print(cases: Sequence[str], rounds: Sequence[Sequence[float]]) -> None:
    table = Table("start-up", "seconds", "ratio", box=None)
    for place, case in enumerate(cases):
        seconds = statistics.median(each[place] for each in rounds)
        ratio = statistics.median(each[place] / each[0] for each in rounds)
        table.add_row(case, f"{seconds:.2f} s", f"{ratio:.2f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
