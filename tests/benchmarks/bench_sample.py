"""How long `sparkify sample` takes to simulate a lake, beside copying the bytes of the same lake."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.lake import make_lake


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Write a lake, and one of ten times the events once only."""
    for events, rounds in ((scale.events, scale.rounds), (scale.events * 10, scale.at_most(1))):
        written, copied = [], []
        for _ in range(rounds):
            written.append(make_lake(folder / "lake", events, songs=1_500))
            copied.append(_copy(folder / "lake", folder / "copy"))
            rmtree(folder / "lake")
        yield Figure(
            case=f"sparkify sample, {events:,} events",
            values=tuple(each.seconds for each in written),
            reference="cp -r",
            reference_values=tuple(copied),
            peak_mb=max(each.peak_mb for each in written),
            value_limit=events / 100_000,
            note=f"{events / written[-1].seconds:,.0f} events/s",
        )


def _copy(lake: Path, copy: Path) -> float:
    started = time.perf_counter()
    subprocess.run(["cp", "-r", str(lake), str(copy)], check=True)
    seconds = time.perf_counter() - started
    rmtree(copy)
    return seconds
