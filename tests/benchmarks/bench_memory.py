"""The memory of the flow's own process, by the size of the batch: it must not follow it."""

from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.lake import make_lake, urls
from tests.benchmarks.process import in_process


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Load batches of a tenth, of all, and of ten times the events; the largest once only."""
    smallest: tuple[float, ...] = ()
    for events, rounds in (
        (scale.events // 10, scale.rounds),
        (scale.events, scale.rounds),
        (scale.events * 10, scale.at_most(1)),
    ):
        lake = folder / "lake"
        make_lake(lake, events, songs=1_500)
        runs = [in_process("flow", "--reset", *urls(lake)) for _ in range(rounds)]
        rmtree(lake)
        peaks = tuple(run.peak_mb for run in runs)
        smallest = smallest or peaks
        yield Figure(
            case=f"peak memory of the flow, {events:,} events",
            values=peaks,
            reference="the smallest batch",
            reference_values=smallest[: len(peaks)],
            unit="MB",
            peak_mb=max(peaks),
            value_limit=600,
        )
