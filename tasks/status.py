"""Keep the status of the warehouse as an artifact of the run: how fresh it is, and what became of its batches."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from lake.max_lag import MaxLag
from reports.status import (
    Batch,
    LoadedSource,
    OpenDrift,
    Runs,
    newest_event,
    read_open_drift,
    read_runs,
    read_sources,
    staleness,
)
from tasks.best_effort import best_effort
from tasks.markdown import markdown
from tasks.run_log import run_logger
from tasks.session import session
from tasks.steps import step
from warehouse import Warehouse, WarehouseUnavailable

ARTIFACT_KEY = "sparkify-status"
HEADINGS = (
    "batch",
    "run",
    "began (UTC)",
    "seconds",
    "status",
    "files",
    "event rows",
    "song rows",
    "quarantined",
    "requests",
    "code",
)


@contextmanager
def reported_status(warehouse: Warehouse, max_lag: MaxLag | None = None) -> Iterator[None]:
    """Report to Prefect's server how the warehouse is when the body has ended, also where it failed.

    Whether that can be done changes nothing of the run. An interrupt does not wait for it, and a warehouse that cannot
    be reached is not asked again.
    """
    try:
        yield
    except WarehouseUnavailable:
        raise
    except Exception:
        _report(warehouse, max_lag)
        raise
    _report(warehouse, max_lag)


def _report(warehouse: Warehouse, max_lag: MaxLag | None) -> None:
    with best_effort("Prefect's server has no status of the warehouse", "ask for it: sparkify status"):
        keep_status(warehouse, max_lag)


@step("report status")
def keep_status(warehouse: Warehouse, max_lag: MaxLag | None) -> None:
    """Save the status as an artifact of the run, and log where the newest event loaded is too old.

    An event for automations is emitted where that was otherwise at the end of the run before.
    """
    with session(warehouse) as connection, connection.cursor() as cursor:
        runs, sources, drift = read_runs(cursor), read_sources(cursor), read_open_drift(cursor)
    severity, why = staleness(runs, max_lag)
    if severity:
        run_logger().log(logging.ERROR if severity == "error" else logging.WARNING, "%s", why)
    was, _ = staleness(runs.earlier, max_lag) if runs.earlier.asked_at else ("", "")
    if severity != was:
        lake = {"prefect.resource.id": "sparkify.freshness", "prefect.resource.name": "events"}
        payload = {"severity": severity or "over", "why": why or headline(runs)}
        emit_event("sparkify.freshness" if severity else "sparkify.freshness.usual", resource=lake, payload=payload)
    create_markdown_artifact(status_markdown(runs, sources, drift), key=ARTIFACT_KEY, description=headline(runs))


def headline(runs: Runs) -> str:
    """Tell how old the newest event is."""
    if runs.newest_event_at is None or runs.lag is None:
        return "No event is loaded"
    return f"The {newest_event(runs.newest_event_at, runs.lag)}"


def status_markdown(runs: Runs, sources: Sequence[LoadedSource], drift: Sequence[OpenDrift]) -> str:
    """Return the status as a Prefect artifact shows it."""
    told = [*runs.errors, *(f"{source.dataset}: {source}" for source in sources), *map(str, drift)]
    lines = [f"# {headline(runs)}", "", *(f"- {markdown(each)}" for each in told)]
    lines += ["", f"| {' | '.join(HEADINGS)} |", "|--:|---|---|--:|---|--:|--:|--:|--:|--:|---|"]
    lines += [f"| {' | '.join(map(markdown, _cells(batch)))} |" for batch in runs.batches]
    failed = [batch for batch in runs.batches if batch.reason]
    lines += ["", *(f"- {markdown(f'batch {batch.batch_id} {batch.status}: {batch.reason}')}" for batch in failed)]
    return "\n".join(lines)


def _cells(batch: Batch) -> tuple[str, ...]:
    took = "" if batch.duration_s is None else f"{batch.duration_s:.1f}"
    counts = (batch.files, batch.event_rows, batch.song_rows, batch.quarantined_rows, batch.requests)
    return (
        str(batch.batch_id),
        batch.flow_run_name,
        f"{batch.started_at:%Y-%m-%d %H:%M:%S}",
        took,
        batch.status,
        *("" if count is None else f"{count:,}" for count in counts),
        batch.code_version or "",
    )
