"""What changes a long history: a day that is corrected and taken back, beside loading it; and the audit of all of it.

The history is made as in `bench_history`, ten times as many plays as the lake has events. Each new day is a batch.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.bench_history import put_back, repeat_month, take_last_days
from tests.benchmarks.figures import Figure, Measured, Scale, figure
from tests.benchmarks.lake import make_lake, urls
from tests.benchmarks.process import in_process


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Load day after day, correct each and take it back, and audit what is there in the end."""
    make_lake(folder / "lake", scale.events)
    put_aside = take_last_days(folder, scale.rounds)
    home, plays = folder / "home-long", scale.events * 10
    in_process("flow", *urls(folder / "lake"), home=home)
    repeat_month(home, plays)
    loaded, corrected, retracted = list[Measured](), list[Measured](), list[Measured]()
    for day in put_back(folder, put_aside):
        loaded.append(in_process("flow", "--events", str(day), home=home))
        first, _, others = day.read_text().partition("\n")
        day.write_text(f"{others}\n{first.replace('200', '404')}")
        corrected.append(in_process("flow", "--events", str(day), home=home))
        retracted.append(in_process("change", "retract", home=home))
    note = f"about {scale.events // 30:,} events"
    after = f"after {plays:,} plays"
    yield figure(f"a corrected day {after}", corrected, "loading the day", loaded, ratio_limit=2, note=note)
    yield figure(f"retracting a day {after}", retracted, "loading the day", loaded, ratio_limit=5, note=note)
    audits = [in_process("change", "audit", home=home) for _ in range(scale.at_most(2))]
    yield figure(f"audit of {plays:,} plays", audits, "loading a day", loaded[: len(audits)], value_limit=60)
