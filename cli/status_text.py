"""The status of a warehouse as a person reads it: one screen."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from reports.status import FAILED, Batch, Runs, Status, age
from tasks.code_version import code_version
from tasks.wording import counted

WIDTH = 12
"""How wide the names before what is told are."""
BATCHES, REASONS, REASON_CHARACTERS = 5, 3, 300
"""How many batches and reasons of failures are shown, and how much of each reason; JSON has all."""
HEADINGS = ("batch", "began (UTC)", "took", "status", "files", "event rows", "song rows", "quarantined", "requests")


def status_lines(status: Status, places: Mapping[str, str], following: str) -> Iterator[str]:
    """Give the lines of a status."""
    if not status.version:
        yield from (f"{status.warehouse}: nothing is loaded yet", "run: sparkify etl")
        return
    yield f"{status.warehouse}: {health(status)}"
    for severity, messages in (("error", status.errors), ("warning", status.warnings)):
        yield from (f"{severity}: {message[:REASON_CHARACTERS]}" for message in messages)
    yield from _facts(status, places, following)
    yield ""
    yield from _batches(status.runs)


def health(status: Status) -> str:
    """Return `error`, `warning` or `ok`."""
    return "error" if status.errors else "warning" if status.warnings else "ok"


def _facts(status: Status, places: Mapping[str, str], following: str) -> Iterator[str]:
    newest, lag = status.runs.newest_event_at, status.runs.lag
    told = "none is loaded" if newest is None or lag is None else f"{_time(newest)} UTC, {age(lag)} ago"
    yield _line("newest event", told)
    for source in status.sources:
        yield _line(source.dataset, str(source))
    yield _line("rows", ", ".join(f"{table} {rows:,}" for table, rows in status.rows.items()) or "none")
    for file in status.changed_files[:REASONS]:
        yield _line(file.change, f"{_time(file.known_since)} UTC: {file.url}")
    for drift in status.drift[:REASONS]:
        yield _line("drift", str(drift))
    yield from _more(status.drift, "changes of keys")
    for gap in status.missing_days[:REASONS]:
        days = counted((gap.last_day - gap.first_day).days + 1, "day")
        yield _line("missing", f"{gap.dataset}: {days} from {gap.first_day} to {gap.last_day}")
    yield from _more(status.missing_days, "spans of missing days")
    yield _line("held by", _holder(status))
    if following:
        yield _line("next run", following)
    yield _line("version", f"sparkify {code_version()}, tables {status.version}")
    for name, place in places.items():
        yield _line(name.replace("_", " "), place.removeprefix("file://"))


def _more(found: Sequence[object], what: str) -> Iterator[str]:
    if len(found) > REASONS:
        yield _line("", f"and {len(found) - REASONS:,} more {what}: see --format json")


def _holder(status: Status) -> str:
    if status.lease is None:
        return "nobody"
    lease = status.lease
    return f"run {lease.flow_run_name!r} since {_time(lease.taken_at)} UTC, last seen {_time(lease.seen_at)} UTC"


def _batches(runs: Runs) -> Iterator[str]:
    """Give a table of the latest batches, and why those of them failed that did."""
    rows = [HEADINGS, *(_cells(batch) for batch in runs.batches[:BATCHES])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    failed = [batch for batch in runs.batches[:BATCHES] if batch.status in FAILED and batch.reason]
    for batch in failed[:REASONS]:
        reason = "; ".join((batch.reason or "").split("\n"))
        more = "…" if len(reason) > REASON_CHARACTERS else ""
        yield f"batch {batch.batch_id} {batch.status}: {reason[:REASON_CHARACTERS]}{more}"


def _cells(batch: Batch) -> tuple[str, ...]:
    took = "" if batch.duration_s is None else f"{batch.duration_s:,.0f} s"
    counts = (batch.files, batch.event_rows, batch.song_rows, batch.quarantined_rows, batch.requests)
    told = ("" if count is None else f"{count:,}" for count in counts)
    return (str(batch.batch_id), _time(batch.started_at), took, batch.status, *told)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _line(name: str, told: str) -> str:
    return f"{name:<{WIDTH}}  {told}"
