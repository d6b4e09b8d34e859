"""One run of another flow in a process of its own: it takes the last batch back, or audits the whole star."""

import sys
import time

from tests.benchmarks.flow import start_everything
from tests.benchmarks.process import tell


def main(what: str) -> None:
    """Run the flow, and tell how long it took and how much memory this process held."""
    start_everything(reset=False)
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: PLC0415

    from flows.audit import audit  # noqa: PLC0415 - Prefect reads its settings when it is imported
    from flows.retract import retract  # noqa: PLC0415
    from tests.state import fetch  # noqa: PLC0415

    [(batch_id,)] = fetch("SELECT MAX(batch_id) FROM batches WHERE status = 'published'")
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # as on a server of the command's own
        started = time.perf_counter()
        if what == "audit":
            audit()
        else:
            retract(batch=int(str(batch_id)), confirm=True)
        seconds = time.perf_counter() - started
    tell(seconds)


if __name__ == "__main__":
    main(sys.argv[1])
