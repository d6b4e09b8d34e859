"""Sample the keys of the files of a batch, count its columns and days, tell what of them has changed, and keep both.

One request counts and reads, another enters what was seen: each costs a round trip, and a plan on Redshift.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from prefect.events import emit_event
from psycopg2.sql import SQL

import sql
from lake.sampled_keys import sample_keys
from sql.datasets import DATASETS, Dataset
from sql.policies import Severity
from tasks.batch import Batch
from tasks.run_log import run_logger
from tasks.stage.staging import Staged
from tasks.validate.columns import BatchColumn, counting
from tasks.validate.key_drift import Finding, SeenKey, find_back, find_drift, seen_now
from tasks.validate.volume import DayRows, Days, find_usual_again, find_volume, plausible_day
from tasks.wording import SHOWN
from warehouse import LakeChanged, Store, WarehouseConnection

DAYS = ("missing", "unusual")
"""What is found in days, by the names of policies."""


@dataclass(frozen=True)
class RunPolicy:
    """What a run does about drift, and whether it replaces all that was loaded before: nothing is held against that.

    Without a word of it about unknown keys the policy of their dataset goes.
    """

    unknown_keys: Severity | None = None
    accept_drift: bool = False
    full_refresh: bool = False


@dataclass(frozen=True)
class Keys:
    """The keys of all datasets after a batch, and the changes that their policy does not let pass."""

    seen: tuple[SeenKey, ...] = ()
    columns: tuple[BatchColumn, ...] = ()
    refused: tuple[str, ...] = ()

    def require_allowed(self) -> None:
        """Refuse changes that are not allowed.

        Raises:
            LakeChanged: there are some.
        """
        if self.refused:
            more = [f"and {len(self.refused) - SHOWN:,} more"] if len(self.refused) > SHOWN else []
            raise LakeChanged(*self.refused[:SHOWN], *more)


def hold_keys(
    connection: WarehouseConnection, store: Store, batch: Batch, staged: Sequence[Staged], policy: RunPolicy
) -> Keys:
    """Sample the files of a batch, and log how keys and days differ from what was there and what columns take.

    What staging has in each column is in `batch_columns` then, for the rules with history, until the caller rolls back.
    The policy of the run goes before that of a dataset.
    """
    sampled = [(part, sample_keys(store, [file.url for file in part.files])) for part in staged if part.files]
    found = _count_and_read(
        connection, batch, {part.dataset: left for part in staged if (left := part.rows - part.rows_erased)}
    )
    rows = [_seen_key(row) for row in found if row["kind"] == "key"]
    seen: list[SeenKey] = []
    refused: list[str] = []
    for part, sample in sampled:
        dataset, before = DATASETS[part.dataset], [row for row in rows if row.dataset == part.dataset]
        changes = [_as_the_run_says(each, policy) for each in find_drift(dataset, sample, before)]
        days = _days(dataset, batch, found, None if policy.full_refresh else part)
        unusual = [_as_the_run_says(each, policy) for each in find_volume(dataset, days)]
        refused += tell(dataset, "keys", changes) + tell(dataset, "volume", unusual)
        _tell_over(dataset, "keys", find_back(dataset, sample, before))
        _tell_over(dataset, "volume", find_usual_again(dataset, days))
        seen += seen_now(dataset, sample, before, batch.batch_id)
    columns = tuple(_batch_column(row, batch.batch_id) for row in found if row["kind"] == "column")
    return Keys(tuple(seen), columns, tuple(refused))


def record_seen(cursor: sql.Cursor, seen: Sequence[SeenKey], columns: Sequence[BatchColumn]) -> None:
    """Enter keys and columns in the transaction that publishes the batch, by one request."""
    values: dict[str, object] = {"datasets": tuple({row.dataset for row in seen})}
    texts = [
        *sql.entry("batch_columns", map(asdict, columns), values),
        *(sql.statements("clear/seen_keys") if seen else ()),
        *sql.entry("seen_keys", map(asdict, seen), values),
    ]
    if texts:
        cursor.execute(";\n".join(texts), values)


def _count_and_read(connection: WarehouseConnection, batch: Batch, staged: Mapping[str, int]) -> list[dict[str, Any]]:
    """Count the columns of staging, and read that, and the keys that were seen before."""
    [read] = sql.statements("inspect/drift")
    with connection.cursor() as cursor:
        cursor.execute(SQL(";\n").join([*counting(staged), SQL(read)]), {"batch_id": batch.batch_id})
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _days(dataset: Dataset, batch: Batch, found: Sequence[Mapping[str, Any]], part: Staged | None) -> Days:
    """Return the days around those of a batch; without its staged part nothing stays of what was loaded before it."""
    today, moment = batch.started_at.date(), dataset.moment
    own: list[DayRows] = []
    before: list[DayRows] = []
    for row in found:
        is_day = row["dataset"] == dataset.name and row["name"] == moment and row["value"]
        if is_day and (day := plausible_day(row["value"], today)):
            of_batch = row["kind"] == "column"
            batch_id = batch.batch_id if of_batch else row["last_number"]
            (own if of_batch else before).append(DayRows(day, batch_id, row["first_number"]))
    return Days(before, own, part.manifest.supersedes if part else {each.batch_id for each in before}, today)


def _seen_key(row: Mapping[str, Any]) -> SeenKey:
    return SeenKey(row["dataset"], row["name"], row["first_number"], row["last_number"], row["value"], row["row_share"])


def _batch_column(row: Mapping[str, Any], batch_id: int) -> BatchColumn:
    return BatchColumn(batch_id, row["dataset"], row["name"], row["value"], row["first_number"], row["last_number"])


def _as_the_run_says(finding: Finding, policy: RunPolicy) -> Finding:
    """Return what was found with the severity that it has in this run."""
    if finding.kind == "unknown" and policy.unknown_keys:
        return replace(finding, severity=policy.unknown_keys)
    return replace(finding, severity="warn") if finding.kind in DAYS and policy.accept_drift else finding


def _tell_over(dataset: Dataset, about: str, over: Sequence[str]) -> None:
    """Log what is as it was before, and emit an event for automations."""
    for message in over[:SHOWN]:
        run_logger().info("%s", message)
    if over:
        _emit(dataset, f"sparkify.{about}.usual", over)


def _emit(dataset: Dataset, event: str, messages: Sequence[str]) -> None:
    lake = {"prefect.resource.id": f"sparkify.dataset.{dataset.name}", "prefect.resource.name": dataset.name}
    emit_event(event, resource=lake, payload={"changes": [*messages[:SHOWN]], "count": len(messages)})


def tell(dataset: Dataset, about: str, found: Sequence[Finding]) -> list[str]:
    """Log changes, emit an event for automations, and return what is not to pass."""
    refused = [each.message for each in found if each.severity == "fail"]
    told = [each.message for each in found if each.severity != "fail"]
    for message in told[:SHOWN]:
        run_logger().warning("%s", message)
    if len(told) > SHOWN:
        run_logger().warning("%s: and %d more changes of %s", dataset.name, len(told) - SHOWN, about)
    if told:
        _emit(dataset, f"sparkify.{about}.changed", told)
    return refused
