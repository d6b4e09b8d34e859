"""A lake, written by a process of its own; what it tells is how long the simulator took."""

import sys
import time
from pathlib import Path

from sample_lake.simulation import LakeSpec, write_lake
from tests.benchmarks.figures import Measured
from tests.benchmarks.process import in_process, tell


def make_lake(folder: Path, events: int, songs: int = 15_000, days: int = 30) -> Measured:
    """Write a lake of 2,000 users."""
    return in_process("lake", str(folder), str(events), str(songs), str(days))


def urls(lake: Path) -> tuple[str, ...]:
    """Return the options that name a lake to `flow`."""
    return ("--events", f"{lake}/log_data", "--songs", f"{lake}/song_data")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[2:]]
    started = time.perf_counter()
    write_lake(Path(sys.argv[1]), LakeSpec(events=numbers[0], songs=numbers[1], users=2_000, days=numbers[2]))
    tell(time.perf_counter() - started)
