"""Load the tables of the star inside the open transaction, one after the other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sql
from sql.datasets import DATASETS, LAKE
from sql.tables import STAR, lake_names
from tasks.batch import Batch
from tasks.publish.erasure import leave_lake
from tasks.stage.staging import Staged
from tasks.steps import step, tell_outcome, tell_so_far
from tasks.wording import counted
from warehouse import WarehouseConnection

TableRows = dict[str, int]
NO_BATCH = 0
"""A batch that never was."""


@dataclass(frozen=True)
class Arrival:
    """What is new to the star in the lake tables: rows of batches from this one on, with plays of these moments."""

    from_batch_id: int
    first_moment: datetime = datetime.min
    last_moment: datetime = datetime.max


@dataclass(frozen=True)
class Loaded:
    """What a load did to its table: rows written, how many of them it did not have before, rows removed; seconds."""

    table: str
    rows_written: int
    rows_added: int
    rows_removed: int
    duration_s: float


@dataclass(frozen=True)
class StarChange:
    """What a batch did to a table: its load, how many rows it held before, and how many of these were cleared first."""

    load: Loaded
    rows_before: int
    rows_cleared: int

    @property
    def rows_removed(self) -> int:
        """How many rows of before are gone, or were written anew after all was cleared."""
        return self.rows_cleared + self.load.rows_removed

    @property
    def rows_after(self) -> int:
        """How many rows it holds after the batch."""
        return self.rows_before - self.rows_removed + self.load.rows_added

    @property
    def counts(self) -> TableRows:
        """The row counts, by what they are."""
        return {
            "before": self.rows_before,
            "added": self.load.rows_added,
            "changed": self.load.rows_written - self.load.rows_added,
            "removed": self.rows_removed,
            "after": self.rows_after,
        }

    @property
    def parameters(self) -> TableRows:
        """The row counts, by the parameters that `insert/batch_tables` takes for the table."""
        return {f"{self.load.table}_rows_{name}": count for name, count in self.counts.items()}


def replace_in_lake(
    star: WarehouseConnection, batch: Batch, staged: Sequence[Staged], erased: int | None
) -> list[Loaded]:
    """Put the staged rows into the lake tables, in the place of those of the batches that they supersede.

    The rows of a person who is erased leave too.
    """
    replaced = []
    with star.cursor() as cursor:
        for part in staged:
            started, dataset = time.perf_counter(), DATASETS[part.dataset]
            tell_so_far(f"load {dataset.lake}")
            names, superseded = lake_names(dataset), part.manifest.supersedes
            if superseded:
                sql.run(cursor, "supersede/batches", dataset=part.dataset, batch_ids=superseded)
            removed = sql.run_at_once(cursor, "leave/lake", names, batch_ids=superseded or (NO_BATCH,))
            if erased is not None:
                removed += leave_lake(cursor, dataset, erased)
            added = sql.run(cursor, "insert/lake", names, batch_id=batch.batch_id)
            replaced.append(Loaded(dataset.lake, added, added, removed, time.perf_counter() - started))
        tell_so_far("analyze lake tables")
        sql.run_at_once(cursor, "analyze/star", {"star": LAKE})
    tell_so_far("")
    return replaced


def load_star(star: WarehouseConnection, batch: Batch, arrival: Arrival) -> list[Loaded]:
    """Bring each table of the star up to date, after those that it needs; the Prefect UI shows each by its name."""
    return [
        load.with_options(name=f"load {table}", task_run_name=f"load {table}")(star, table, batch, arrival)
        for table in STAR
    ]


@step("load")
def load(star: WarehouseConnection, table: str, batch: Batch, arrival: Arrival) -> Loaded:
    """Run `sql/load/<table>.sql` in the open transaction."""
    started = time.perf_counter()
    with star.cursor() as cursor:
        [counts] = sql.fetch_at_once(cursor, f"load/{table}", batch_id=batch.batch_id, **vars(arrival))
    loaded = Loaded(table, **counts, duration_s=time.perf_counter() - started)
    tell_outcome(f"{counted(loaded.rows_written, 'row')} written")
    return loaded


@step("analyze star")
def analyze_star(star: WarehouseConnection, loads: Sequence[Loaded]) -> float:
    """Renew the statistics of the tables that the batch changed, and return the seconds it took.

    The suites query the rows of this batch. Without statistics of them a planner expects one row, and picks nested
    loops over whole tables. Redshift skips tables of which little has changed.
    """
    started = time.perf_counter()
    with star.cursor() as cursor:
        sql.run_at_once(cursor, "analyze/star", {"star": [loaded.table for loaded in loads if loaded.rows_written]})
    return time.perf_counter() - started
