"""Sample the keys of the files of a batch, count its columns, tell how the keys have changed, and keep both.

One request counts and reads, another enters what was seen: each costs a round trip, and a plan on Redshift.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from prefect.events import emit_event
from psycopg2.sql import SQL

import sql
from lake.sampled_keys import sample_keys
from sql.datasets import DATASETS
from tasks.batch import Batch
from tasks.run_log import run_logger
from tasks.stage.staging import Staged
from tasks.validate.columns import BatchColumn, counting
from tasks.validate.key_drift import Finding, SeenKey, find_drift, seen_now
from tasks.wording import SHOWN
from warehouse import LakeChanged, Store, WarehouseConnection


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
    connection: WarehouseConnection, store: Store, batch: Batch, staged: Sequence[Staged], policies: Mapping[str, str]
) -> Keys:
    """Sample the files of a batch, and log how their keys differ from what was seen and what columns take.

    What staging has in each column is in `batch_columns` then, for the rules with history, until the caller rolls back.
    `policies` are those of the run, which go before those of a dataset.
    """
    sampled = [(part.dataset, sample_keys(store, [file.url for file in part.files])) for part in staged if part.files]
    found = _count_and_read(connection, batch, [part.dataset for part in staged if part.rows - part.rows_erased])
    rows = [_seen_key(row) for row in found if row["kind"] == "key"]
    columns = tuple(_batch_column(row, batch.batch_id) for row in found if row["kind"] == "column")
    seen: list[SeenKey] = []
    refused: list[str] = []
    for name, sample in sampled:
        dataset, before = DATASETS[name], [row for row in rows if row.dataset == name]
        changes = find_drift(dataset, sample, before)
        effect = {**dataset.drift, **policies}
        refused += [each.message for each in changes if effect[each.kind] == "fail"]
        _tell(name, [each for each in changes if effect[each.kind] != "fail"])
        seen += seen_now(dataset, sample, before, batch.batch_id)
    return Keys(tuple(seen), columns, tuple(refused))


def record_seen(cursor: sql.Cursor, seen: Sequence[SeenKey], columns: Sequence[BatchColumn]) -> None:
    """Enter keys and columns in the transaction that publishes the batch, by one request."""
    values: dict[str, object] = {"datasets": tuple({row.dataset for row in seen})}
    texts = [
        *_entry("batch_columns", columns, values),
        *(sql.statements("clear/seen_keys") if seen else ()),
        *_entry("seen_keys", seen, values),
    ]
    if texts:
        cursor.execute(";\n".join(texts), values)


def _entry(table: str, rows: Sequence[SeenKey | BatchColumn], values: dict[str, object]) -> Iterator[str]:
    """Give the statement that enters all rows into a table, if there are any, and put its parameters among the values.

    One statement, since Redshift takes about as long for a row as for a thousand.
    """
    [insert] = sql.statements(f"insert/{table}")
    into, row_of_values = insert.split("VALUES ")
    entered = []
    for number, row in enumerate(rows):
        named = {f"{table}_{name}_{number}": value for name, value in asdict(row).items()}
        entered.append(row_of_values % {name: f"%({place})s" for name, place in zip(asdict(row), named, strict=True)})
        values |= named
    if entered:
        yield f"{into}VALUES " + ",\n".join(entered)


def _count_and_read(connection: WarehouseConnection, batch: Batch, datasets: Sequence[str]) -> list[dict[str, Any]]:
    """Count the columns of staging, and read that, and the keys that were seen before."""
    [read] = sql.statements("inspect/drift")
    with connection.cursor() as cursor:
        cursor.execute(SQL(";\n").join([*counting(datasets), SQL(read)]), {"batch_id": batch.batch_id})
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _seen_key(row: Mapping[str, Any]) -> SeenKey:
    return SeenKey(row["dataset"], row["name"], row["first_number"], row["last_number"], row["value"], row["row_share"])


def _batch_column(row: Mapping[str, Any], batch_id: int) -> BatchColumn:
    return BatchColumn(batch_id, row["dataset"], row["name"], row["value"], row["first_number"], row["last_number"])


def _tell(dataset: str, found: Sequence[Finding]) -> None:
    """Log changes, and emit an event for automations."""
    for each in found[:SHOWN]:
        run_logger().warning("%s", each.message)
    if len(found) > SHOWN:
        run_logger().warning("%s: and %d more changes of keys: see sparkify status", dataset, len(found) - SHOWN)
    if found:
        lake = {"prefect.resource.id": f"sparkify.dataset.{dataset}", "prefect.resource.name": dataset}
        changes = [each.message for each in found[:SHOWN]]
        emit_event("sparkify.keys.changed", resource=lake, payload={"changes": changes, "count": len(found)})
