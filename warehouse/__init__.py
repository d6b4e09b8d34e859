"""Where SQL runs: on Amazon Redshift, or on an embedded PostgreSQL that behaves like it where it matters."""

from typing import Protocol

from warehouse.connection import WarehouseConnection
from warehouse.errors import (
    ConservationError,
    CopyError,
    StorageError,
    UntranslatableSql,
    WarehouseBusy,
    WarehouseError,
    WarehouseUnavailable,
)
from warehouse.local import LocalWarehouse

DEFAULT_SCHEMA = "sparkify"


class Warehouse(Protocol):
    """A place where the pipeline's SQL runs. Tasks know no more of it than this."""

    @property
    def schema(self) -> str:
        """The one schema that holds all tables; connections find it by their search_path."""

    @property
    def work_url(self) -> str:
        """The prefix that the pipeline writes manifests to, and COPY reads them from; it ends with a slash."""

    @property
    def iam_role(self) -> str:
        """The role that COPY reads the lake with."""

    def connect(self, *, read_only: bool = False) -> WarehouseConnection:
        """Open a connection that takes Redshift SQL and finds the tables of the schema.

        Raises:
            WarehouseUnavailable: the warehouse cannot be reached.
        """


def open_warehouse(name: str, schema: str = DEFAULT_SCHEMA) -> Warehouse:
    """Find a warehouse by name: `local` is the embedded PostgreSQL under SPARKIFY_HOME.

    Raises:
        WarehouseError: no warehouse has that name.
    """
    if name != "local":
        raise WarehouseError(f"warehouse {name!r} is not known: use 'local'")
    return LocalWarehouse(schema)


def connect(warehouse: str = "local", schema: str = DEFAULT_SCHEMA) -> WarehouseConnection:
    """Open a connection that takes Redshift SQL and finds the tables of `schema`.

    As with any psycopg2 connection, `with connect(...) as connection:` commits on success and rolls back on an error.

    Raises:
        WarehouseError: the warehouse is not known or cannot be reached.
    """
    return open_warehouse(warehouse, schema).connect()


__all__ = [
    "DEFAULT_SCHEMA",
    "ConservationError",
    "CopyError",
    "StorageError",
    "UntranslatableSql",
    "Warehouse",
    "WarehouseBusy",
    "WarehouseConnection",
    "WarehouseError",
    "WarehouseUnavailable",
    "connect",
    "open_warehouse",
]
