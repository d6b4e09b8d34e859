"""One run of the flow in a process of its own: what `sparkify etl` takes once everything it needs has been started.

What counts is the call of the flow, from its first statement to its return: provisioning, the lock, discovery, COPY,
the suites, the loads, the ledger, the commit, Data Docs and the report, with what Prefect does for each task. What does
not: the interpreter, imports, and the start of Prefect's server and of PostgreSQL. Told apart is the work on the data
alone: COPY, of logs and songs side by side, and the loads of the star with their indexes and statistics.
"""

import argparse
import time
from contextlib import closing
from typing import TYPE_CHECKING

from tests.benchmarks.process import tell
from warehouse import connect

if TYPE_CHECKING:
    from tasks.report import Summary


def main() -> None:
    """Run the flow on a lake, and tell how long it took and how much memory this process held."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events")
    parser.add_argument("--songs")
    parser.add_argument("--full-refresh", action="store_true")
    parser.add_argument("--reset", action="store_true", help="begin with an empty warehouse")
    options = parser.parse_args()
    start_everything(reset=options.reset)
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: PLC0415

    from flows.etl import etl  # noqa: PLC0415 - Prefect reads its settings when it is imported

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # as on a server of the command's own
        started = time.perf_counter()
        summary = etl(events=options.events, songs=options.songs, full_refresh=options.full_refresh)
        seconds = time.perf_counter() - started
    tell(seconds, ", ".join(f"{stage} {duration_s:.2f}" for stage, duration_s in summary.stages), _data_work(summary))


def start_everything(*, reset: bool) -> None:
    """Start what a run needs, and import it."""
    from prefect import flow  # noqa: PLC0415

    import local_redshift.copy.load  # noqa: F401, PLC0415 - or COPY would, and the time would count
    from expectations.running.run import warm_up  # noqa: PLC0415
    from flows.reset import reset as empty_warehouse  # noqa: PLC0415

    warm_up().join()
    if reset:
        empty_warehouse()
    else:
        flow(_nothing)()
    with closing(connect(read_only=False)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _data_work(summary: "Summary") -> float:
    copies = [duration_s for stage, duration_s in summary.stages if stage.startswith("stage ")]
    loads = [duration_s for stage, duration_s in summary.stages if stage.startswith(("load ", "analyze "))]
    return max(copies, default=0.0) + sum(loads)


def _nothing() -> None:
    """Be the first flow of this process, which Prefect connects to its server for."""


if __name__ == "__main__":
    main()
