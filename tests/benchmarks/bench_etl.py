"""The flow on an empty star, and a full refresh of it, beside the least that PostgreSQL needs for the same star.

That is: its own COPY of ready-made rows, and the best hand-written loads (`hand_written/`), which validate nothing and
keep no books. So the flow's work on the data is held against it, and all that the flow does is told beside that; see
`flow` for what is counted.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.figures import Figure, Scale, figure
from tests.benchmarks.hand_written.load import require_same_star, write_rows
from tests.benchmarks.lake import make_lake, urls
from tests.benchmarks.process import in_process

LIMIT = "PostgreSQL's COPY of ready-made rows and hand-written loads"


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Load a lake, refresh it, and load its rows by hand, in turns."""
    make_lake(folder / "lake", scale.events)
    lake = urls(folder / "lake")
    first, refreshed, by_hand = [], [], []
    for number in range(scale.rounds):
        first.append(in_process("flow", "--reset", *lake))
        if number == 0:
            write_rows(folder)
        by_hand.append(in_process("hand_written.load", str(folder)))
        if number == 0:
            require_same_star()
        refreshed.append(in_process("flow", "--full-refresh", *lake))
    events = f"{scale.events:,} events"
    data_work = [replace(run, seconds=run.part_s) for run in first]
    yield figure(f"COPY and loads of {events}, empty star", data_work, LIMIT, by_hand, ratio_limit=1.3)
    yield figure(f"sparkify etl, {events}, empty star", first, LIMIT, by_hand, note=first[-1].note)
    yield figure(f"sparkify etl --full-refresh, {events}", refreshed, "the first load", first, note=refreshed[-1].note)
