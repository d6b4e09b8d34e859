"""What a command does while its Prefect server starts: start PostgreSQL, list the lake, import what a load will need.

Great Expectations takes longer to import than all else together; a run that finds nothing new does without.
"""

from collections.abc import Mapping
from threading import Thread

import psycopg2

from expectations.running.run import warm_up
from tasks.discover.discovery import is_anything_new
from tasks.discover.sources import expected_sources, lake_options
from warehouse import WarehouseError, open_warehouse


def warm_up_etl(warehouse: str, lake: Mapping[str, str | None], *, full_refresh: bool) -> None:
    """Prepare for a run of the flow with these parameters, in another thread; errors are left to the run."""

    def prepare() -> None:
        if warehouse != "local" or full_refresh or _will_load(lake):
            warm_up()

    Thread(target=prepare, daemon=True).start()


def _will_load(lake: Mapping[str, str | None]) -> bool:
    target = open_warehouse("local")
    try:
        sources = expected_sources(target, lake_options(lake, add_source=False, moved_from=None))
        return not sources or is_anything_new(target, sources)
    except psycopg2.errors.UndefinedTable:  # nothing has been loaded yet
        return True
    except (WarehouseError, psycopg2.Error, OSError):
        return False
