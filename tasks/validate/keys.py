"""Sample the keys of the files of a batch, tell how they have changed, and enter them in `seen_keys`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from prefect.events import emit_event

import sql
from lake.sampled_keys import sample_keys
from sql.datasets import DATASETS
from tasks.batch import Batch
from tasks.run_log import run_logger
from tasks.stage.staging import Staged
from tasks.validate.key_drift import Finding, SeenKey, find_drift, seen_now
from tasks.wording import SHOWN
from warehouse import LakeChanged, Store, WarehouseConnection


@dataclass(frozen=True)
class Keys:
    """The keys of all datasets after a batch, and the changes that their policy does not let pass."""

    seen: tuple[SeenKey, ...] = ()
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

    `policies` are those of the run, which go before those of a dataset.
    """
    with connection.cursor() as cursor:
        rows = [SeenKey(**row) for row in sql.fetch_named(cursor, "inspect/seen_keys")]
    seen: list[SeenKey] = []
    refused: list[str] = []
    for part in (part for part in staged if part.files):
        dataset, before = DATASETS[part.dataset], [row for row in rows if row.dataset == part.dataset]
        sample = sample_keys(store, [file.url for file in part.files])
        found = find_drift(dataset, sample, before)
        effect = {**dataset.drift, **policies}
        refused += [each.message for each in found if effect[each.kind] == "fail"]
        _tell(part.dataset, [each for each in found if effect[each.kind] != "fail"])
        seen += seen_now(dataset, sample, before, batch.batch_id)
    return Keys(tuple(seen), tuple(refused))


def record_keys(cursor: sql.Cursor, seen: Sequence[SeenKey]) -> None:
    """Enter the keys of the sampled datasets, in the transaction that publishes the batch, by one request."""
    if not seen:
        return
    [clear] = sql.statements("clear/seen_keys")
    [insert] = sql.statements("insert/seen_keys")
    values: dict[str, object] = {"datasets": tuple({row.dataset for row in seen})}
    texts = [clear]
    for number, row in enumerate(seen):
        named = {name: f"{name}_{number}" for name in asdict(row)}
        texts.append(insert % {name: f"%({place})s" for name, place in named.items()})
        values |= {place: getattr(row, name) for name, place in named.items()}
    cursor.execute(";\n".join(texts), values)


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
