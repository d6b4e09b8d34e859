"""The status of a warehouse: what is loaded, how fresh, what ran, what failed and why, and who holds the lease.

It is read from the audit tables alone, in one snapshot, and takes no lease; nothing here needs Prefect.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sql
from lake.max_lag import MaxLag
from sql.datasets import DATASETS
from sql.tables import column_of
from warehouse import WarehouseConnection

BATCHES, FILES = 10, 10
"""How many of the latest batches, and of the files that vanished or were replaced, a status has."""
FAILED = ("failed", "abandoned")
SHOWS_NOTHING = ("running", "dry run")
"""Batches that tell nothing of whether what came before them is put right."""


@dataclass(frozen=True)
class Batch:
    """A row of `batches`; times are UTC."""

    batch_id: int
    flow_run_id: str
    flow_run_name: str
    status: str
    reason: str | None
    code_version: str | None
    files: int | None
    event_rows: int | None
    song_rows: int | None
    quarantined_rows: int | None
    rows_erased: int | None
    requests: int | None
    """What its run had asked of the warehouse by then."""
    request_s: float | None
    started_at: datetime
    ended_at: datetime | None
    newest_by_then_at: datetime | None
    """The newest event of this batch and those before it."""

    @property
    def duration_s(self) -> float | None:
        """How long it took; None while it runs, and where its run died."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class LoadedSource:
    """A place that a dataset is loaded from, and what the ledger has of its files."""

    dataset: str
    url: str
    files: int
    vanished_files: int
    replaced_versions: int
    retracted_versions: int

    def __str__(self) -> str:
        """Tell how many files there are and what became of others, and where."""
        changes = {
            "in the lake no more": self.vanished_files,
            "replaced": self.replaced_versions,
            "retracted": self.retracted_versions,
        }
        more = "".join(f", {count:,} {what}" for what, count in changes.items() if count)
        return f"{self.files:,} file{'' if self.files == 1 else 's'}{more}: {self.url}"


@dataclass(frozen=True)
class ChangedFile:
    """A file that vanished from the lake, or that another version has replaced, and since when that is known."""

    dataset: str
    url: str
    change: str
    known_since: datetime


@dataclass(frozen=True)
class OpenDrift:
    """A key of a dataset's objects that no column takes, or that a column took and the last batch lacks."""

    dataset: str
    key_name: str
    change: str
    first_batch_id: int
    last_batch_id: int
    types: str
    row_share: float

    def __str__(self) -> str:
        """Tell which key it is, and which batches had it."""
        when = f"batches {self.first_batch_id} to {self.last_batch_id} had it, as {self.types or 'null'}"
        return f"{self.dataset}: key {self.key_name!r}: {self.change}; {when}"


@dataclass(frozen=True)
class MissingDays:
    """Days without a row of a dataset that follow each other, though it has rows of days before and after."""

    dataset: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class LeaseHolder:
    """The run that holds the warehouse, and when it was last seen; times are those of the warehouse."""

    flow_run_name: str
    taken_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Runs:
    """The latest batches, and the newest event of all that is loaded, by the warehouse's clock."""

    batches: tuple[Batch, ...] = ()
    newest_event_at: datetime | None = None
    asked_at: datetime | None = None

    @property
    def lag(self) -> timedelta | None:
        """How old the newest event is; None where no event is loaded."""
        if self.newest_event_at is None or self.asked_at is None:
            return None
        return self.asked_at - self.newest_event_at

    @property
    def earlier(self) -> "Runs":
        """What there was to tell when the run before the last one ended; of a first run there is nothing."""
        ended = next((batch for batch in self.batches[1:] if batch.ended_at is not None), None)
        return Runs((), ended.newest_by_then_at, ended.ended_at) if ended else Runs()

    @property
    def last_ended(self) -> Batch | None:
        """The batch that tells whether the last run did well: one that runs, or a dry run, says nothing of that."""
        return next((batch for batch in self.batches if batch.status not in SHOWS_NOTHING), None)

    @property
    def errors(self) -> list[str]:
        """What is wrong, so that somebody has to do something."""
        last = self.last_ended
        if last is None or last.status not in FAILED:
            return []
        return [f"the last run, batch {last.batch_id}, {_ended(last)}: {last.reason or 'no reason is recorded'}"]


@dataclass(frozen=True)
class Status:
    """All that is known of a warehouse without looking at its rows."""

    warehouse: str
    version: int
    """The version of the tables; 0 where there are none."""
    runs: Runs = Runs()
    sources: tuple[LoadedSource, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    """How many rows each table of the lake and the star has."""
    changed_files: tuple[ChangedFile, ...] = ()
    lease: LeaseHolder | None = None
    drift: tuple[OpenDrift, ...] = ()
    missing_days: tuple[MissingDays, ...] = ()
    max_lag: MaxLag | None = None
    """How old the newest event may be."""

    @property
    def warnings(self) -> list[str]:
        """What may soon be wrong."""
        return [why for severity, why in [staleness(self.runs, self.max_lag)] if severity == "warning"]

    @property
    def errors(self) -> list[str]:
        """What is wrong, so that somebody has to do something; a warehouse that holds no tables is not stale."""
        if not self.version:
            return []
        stale = [why for severity, why in [staleness(self.runs, self.max_lag)] if severity == "error"]
        return [*self._failures, *stale]

    @property
    def _failures(self) -> list[str]:
        latest = self.runs.batches[:1]
        dead = [each for each in latest if each.status == "running" and self.lease is None]
        died = "died: its batch is still running, and no run holds the warehouse"
        return [f"the run of batch {each.batch_id} {died}" for each in dead] or self.runs.errors


def age(lag: timedelta) -> str:
    """Return how old something is, in its largest unit, such as `3 h`; in whole days from two on."""
    minutes = int(lag.total_seconds() // 60)
    return (
        f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440:,} days"
    )


def newest_event(happened_at: datetime, lag: timedelta) -> str:
    """Return when the newest event happened, in words that an article comes before."""
    return f"newest event is of {happened_at:%Y-%m-%d %H:%M:%S} UTC, {age(lag)} ago"


def staleness(runs: Runs, max_lag: MaxLag | None) -> tuple[str, str]:
    """Return the severity of the age of the newest event, and what is wrong; both are empty where nothing is."""
    severity = max_lag.severity(runs.lag) if max_lag else ""
    if not max_lag or not severity:
        return "", ""
    if runs.lag is None or runs.newest_event_at is None:
        return severity, "no event is loaded: see whether the app still writes its log, and run sparkify etl"
    limit = max_lag.error if severity == "error" else max_lag.warning or max_lag.error
    newest = f"the {newest_event(runs.newest_event_at, runs.lag)}"
    return severity, f"{newest}, more than {age(limit)}: see whether the app still writes its log, and run sparkify etl"


def read_runs(cursor: sql.Cursor) -> Runs:
    """Read the latest batches and the newest event, by one statement."""
    rows = sql.fetch_named(cursor, "inspect/recent_batches", batches=BATCHES)
    newest = [(row.pop("newest_of_all_at"), row.pop("asked_at")) for row in rows]
    return Runs(tuple(Batch(**row) for row in rows), *newest[0]) if rows else Runs()


def read_sources(cursor: sql.Cursor) -> tuple[LoadedSource, ...]:
    """Read what is loaded from where, by one statement."""
    return tuple(LoadedSource(**row) for row in sql.fetch_named(cursor, "inspect/loaded_sources"))


def read_open_drift(cursor: sql.Cursor) -> tuple[OpenDrift, ...]:
    """Read which keys no column takes, or no file has any more, by one statement."""
    return tuple(_open_drift(sql.fetch_named(cursor, "inspect/seen_keys")))


def read_status(connection: WarehouseConnection, warehouse: str, max_lag: MaxLag | None) -> Status:
    """Read the status of a warehouse of this version, in the snapshot of the connection."""
    with connection.cursor() as cursor:
        [version] = sql.fetch_named(cursor, "inspect/schema_version") or [{"version": 0}]
        return Status(
            warehouse,
            version["version"],
            read_runs(cursor),
            read_sources(cursor),
            {row["table_name"]: row["rows_after"] for row in sql.fetch_named(cursor, "inspect/rows_of_tables")},
            tuple(ChangedFile(**row) for row in sql.fetch_named(cursor, "inspect/changed_files", files=FILES)),
            _holder(sql.fetch_named(cursor, "lease/look")),
            read_open_drift(cursor),
            tuple(MissingDays(**row) for row in sql.fetch_named(cursor, "inspect/missing_days")),
            max_lag,
        )


def _holder(latest: Sequence[Mapping[str, Any]]) -> LeaseHolder | None:
    """Return the run of the latest lease if that has neither ended nor expired."""
    if not latest or latest[0]["released_at"] is not None or latest[0]["remaining_s"] < 0:
        return None
    return LeaseHolder(**{name: latest[0][name] for name in LeaseHolder.__dataclass_fields__})


def _open_drift(keys: Sequence[Mapping[str, Any]]) -> Iterator[OpenDrift]:
    """Find the keys that no column takes, and those of columns that the last batch of their dataset lacks."""
    latest: dict[str, int] = {}
    for key in keys:
        latest[key["dataset"]] = max(key["last_batch_id"], latest.get(key["dataset"], 0))
    for key in keys:
        is_taken = key["dataset"] in DATASETS and column_of(DATASETS[key["dataset"]], key["key_name"]) is not None
        if not is_taken or key["last_batch_id"] < latest[key["dataset"]]:
            yield OpenDrift(change="gone" if is_taken else "no column takes it", **key)


def _ended(batch: Batch) -> str:
    if batch.ended_at is None:
        return f"which began {batch.started_at:%Y-%m-%d %H:%M:%S} UTC, was {batch.status}"
    return f"{batch.status} {batch.ended_at:%Y-%m-%d %H:%M:%S} UTC"
