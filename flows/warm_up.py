"""What a command does while its Prefect server starts: start PostgreSQL, list the lake, import what a load will need.

Great Expectations takes longer to import than all else together; a run that finds nothing new does without.
"""

from threading import Thread

import psycopg2

from expectations.run import warm_up
from flows.etl import lake_sources
from tasks.discovery import is_anything_new
from tasks.lake import is_sample_lake_written
from warehouse import WarehouseError, open_warehouse


def warm_up_etl(warehouse: str, events: str | None, songs: str | None, *, full_refresh: bool) -> None:
    """Prepare for a run of the flow with these parameters, in another thread; what goes wrong, the run will say."""

    def prepare() -> None:
        if warehouse != "local" or full_refresh or _will_load(events, songs):
            warm_up()

    Thread(target=prepare, daemon=True).start()


def _will_load(events: str | None, songs: str | None) -> bool:
    if events is None and songs is None and not is_sample_lake_written():
        return True
    target = open_warehouse("local")
    try:
        return is_anything_new(target, lake_sources(target, events, songs))
    except psycopg2.errors.UndefinedTable:  # nothing has been loaded yet
        return True
    except (WarehouseError, psycopg2.Error, OSError):
        return False
