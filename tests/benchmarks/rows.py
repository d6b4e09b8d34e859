"""The rows of `make bench`: what each measures, and about how long it takes at full size."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One benchmark module; `minutes` is what it takes on 2 cores, with a million events in 5 rounds.

    Flows that a row runs find a Prefect server; start-up alone is measured with one that each process starts.
    """

    module: str
    what: str
    minutes: float
    runs_flows: bool = False


ROWS = {
    "etl": Row("bench_etl", "the whole flow and a full refresh, beside PostgreSQL's own limit", 20, runs_flows=True),
    "staging": Row("bench_staging", "the flow's staging, beside dlt, pandas and a script", 25),
    "history": Row("bench_history", "one new day on longer and longer histories", 25, runs_flows=True),
    "changes": Row(
        "bench_changes", "a day corrected and taken back on a long history, and its audit", 20, runs_flows=True
    ),
    "validation": Row("bench_validation", "each suite, beside one hand-written query", 5, runs_flows=True),
    "discovery": Row("bench_discovery", "finding 30 new files among many", 2),
    "memory": Row("bench_memory", "the flow's peak memory by the size of the batch", 25, runs_flows=True),
    "sample": Row("bench_sample", "the simulator, beside copying its files", 3),
    "copy": Row("bench_copy", "the COPY emulator, beside PostgreSQL's COPY", 10),
    "insights": Row("bench_insights", "the report's questions, and how good recommendations are", 10, runs_flows=True),
    "startup": Row("bench_startup", "short runs, beside an empty flow", 10),
}
