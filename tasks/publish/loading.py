"""Load one table of the star inside the open transaction; what dimensions and facts have in common."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from prefect import task
from prefect.cache_policies import NO_CACHE

import sql
from sql.tables import STAR
from tasks.run_log import run_logger
from warehouse import WarehouseConnection

TableRows = dict[str, int]


@dataclass(frozen=True)
class Loaded:
    """What a load did to its table: rows written, how many of them it did not have before, and the seconds it took."""

    table: str
    rows_written: int
    rows_added: int
    duration_s: float


def load(star: WarehouseConnection, table: str, batch_id: int) -> Loaded:
    """Run `sql/load/<table>.sql` in the open transaction."""
    started = time.perf_counter()
    with star.cursor() as cursor:
        [counts] = sql.fetch_named(cursor, f"load/{table}", batch_id=batch_id)
    loaded = Loaded(table, **counts, duration_s=time.perf_counter() - started)
    run_logger().info("%s rows written, %.2f s", f"{loaded.rows_written:,}", loaded.duration_s)
    return loaded


@task(name="analyze star", task_run_name="analyze star", cache_policy=NO_CACHE)
def analyze_star(star: WarehouseConnection, loads: Sequence[Loaded]) -> float:
    """Renew the statistics of the tables that the batch changed, and return the seconds it took.

    The suites query the rows of this batch. Without statistics of them a planner expects one row, and picks nested
    loops over whole tables. Redshift skips tables of which little has changed.
    """
    started = time.perf_counter()
    with star.cursor() as cursor:
        for loaded in loads:
            if loaded.rows_written:
                sql.run(cursor, f"analyze/{loaded.table}")
    return time.perf_counter() - started


def read_star_rows(star: WarehouseConnection) -> TableRows:
    """Read from `batches` how many rows each table of the star holds; 0 where that is not known."""
    with star.cursor() as cursor:
        counts = sql.fetch_named(cursor, "inspect/star_rows")
    return {table: (counts[0][f"{table}_rows"] or 0) if counts else 0 for table in STAR}
