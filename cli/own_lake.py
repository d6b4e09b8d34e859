"""From the sample lake to a lake of one's own: a warehouse is emptied first that holds the sample and nothing else."""

from collections.abc import Mapping
from contextlib import closing

import psycopg2

from flows.reset import reset
from tasks.discover.discovery import is_anything_new
from tasks.discover.locations import Location, listed
from tasks.discover.sources import lake_options, read_known
from tasks.sample_lake import is_of_sample_lake
from warehouse import StorageError, Warehouse, WarehouseError, open_warehouse


def leave_sample_lake(warehouse: str, lake: Mapping[str, str | None], *, take_over: bool) -> None:
    """Empty a warehouse that holds the sample lake, to load another; one that holds nothing stays as it is.

    Raises:
        WarehouseError: it holds another lake; nothing was changed.
        StorageError: the other lake cannot be read, or has no files; nothing was changed.
    """
    target, sources = open_warehouse(warehouse), lake_options(lake, add_source=False, moved_from=None).sources
    known = _known(target)
    if not known or all(is_of_sample_lake(each.url) for each in sources):
        return
    if others := [each for each in known if not is_of_sample_lake(each.url)]:
        raise WarehouseError(
            f"--replace-sample: {warehouse} holds more than the sample lake, {listed(others)}; nothing was changed. "
            "To empty it: sparkify reset --yes"
        )
    if not is_anything_new(target, sources):
        raise StorageError("--replace-sample: there is no file to load in the other lake; nothing was changed")
    reset(warehouse, take_over=take_over)


def _known(target: Warehouse) -> list[Location]:
    with closing(target.connect()) as connection, connection.cursor() as cursor:
        try:
            return read_known(cursor)
        except psycopg2.errors.UndefinedTable:  # nothing has been loaded yet
            return []
