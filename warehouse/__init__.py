"""Where SQL runs: on Amazon Redshift, or on an embedded PostgreSQL that behaves like it where it matters."""

from collections.abc import Mapping
from typing import Literal, Protocol

from client.errors import UntranslatableSql
from lake.errors import StorageError, WarehouseError, WarehouseUnavailable
from lake.object_store import Store
from warehouse.connection import WarehouseConnection
from warehouse.errors import (
    BudgetExceeded,
    ConservationError,
    CopyError,
    DamagedWarehouse,
    LakeChanged,
    RoleNotReady,
    WarehouseBusy,
    WrongVersion,
    failure_message,
    in_one_line,
)
from warehouse.idle_sessions import IdleSessions
from warehouse.usage import Usage

DEFAULT_SCHEMA = "sparkify"
NOT_ON_AWS = (
    "the local warehouse is not on AWS: there is nothing to pause, resume or tear down; "
    "name a saved block, such as --warehouse redshift-cluster/NAME"
)
LoadHistory = Literal["stl", "sys"]


class Warehouse(Protocol):
    """A place where the pipeline's SQL runs. Tasks know no more of it than this."""

    @property
    def schema(self) -> str:
        """The one schema that holds all tables; connections find it by their search_path."""

    @property
    def work_url(self) -> str:
        """The prefix that the pipeline writes manifests to, and COPY reads them from; it ends with a slash."""

    @property
    def data_docs_url(self) -> str:
        """The prefix of the pages about what the suites found; it ends with a slash."""

    @property
    def region(self) -> str | None:
        """The AWS Region that it is in; None for the local one."""

    @property
    def iam_role(self) -> str:
        """The role that COPY reads the lake with."""

    @property
    def store(self) -> Store:
        """The objects that both the pipeline and COPY can reach."""

    @property
    def lake(self) -> Mapping[str, str]:
        """What a run loads when it is given no URL, by dataset; nothing where the warehouse has no such lake."""

    @property
    def max_lag(self) -> str | None:
        """How old the newest event may be, as `lake.max_lag` reads it; None where nothing is expected."""

    @property
    def load_history(self) -> LoadHistory:
        """The family of system tables with the history of COPY: only a cluster has `stl`, which is more detailed."""

    @property
    def usage(self) -> Usage:
        """What its connections have been sent so far."""

    @property
    def idle_sessions(self) -> IdleSessions:
        """Its connections that nobody uses at the moment."""

    def connect(self, *, read_only: bool = False) -> WarehouseConnection:
        """Open a connection that takes Redshift SQL and finds the tables of the schema.

        Raises:
            WarehouseUnavailable: the warehouse cannot be reached.
        """


def open_warehouse(name: str, schema: str | None = None) -> Warehouse:
    """Find a warehouse by name: `local`, the embedded PostgreSQL under SPARKIFY_HOME, or a saved block.

    `schema` overrules the block's own, or DEFAULT_SCHEMA.

    Raises:
        WarehouseError: no warehouse has that name.
    """
    if name == "local":
        from warehouse.local import LocalWarehouse  # noqa: PLC0415 - sqlglot, which Redshift needs only for typed SQL

        return LocalWarehouse(schema or DEFAULT_SCHEMA)
    from warehouse.redshift.blocks import load_block  # noqa: PLC0415 - Prefect takes seconds to import

    return load_block(name).open(schema)


def unknown_warehouse(name: str) -> WarehouseError:
    """Return the error about a name that no warehouse has."""
    return WarehouseError(
        f"warehouse {name!r} is not known: use 'local', or a saved block, such as redshift-cluster/NAME or "
        "redshift-serverless/NAME ('prefect block ls' lists them)"
    )


def connect(warehouse: str = "local", schema: str | None = None, *, read_only: bool = True) -> WarehouseConnection:
    """Open a connection that takes Redshift SQL and finds the tables of `schema`; see `open_warehouse`.

    It can change nothing, unless it is told otherwise: `read_only=False`. As with any psycopg2 connection, `with
    connect(...) as connection:` commits on success and rolls back on an error.

    Raises:
        WarehouseError: the warehouse is not known or cannot be reached.
    """
    return open_warehouse(warehouse, schema).connect(read_only=read_only)


__all__ = [
    "DEFAULT_SCHEMA",
    "NOT_ON_AWS",
    "BudgetExceeded",
    "ConservationError",
    "CopyError",
    "DamagedWarehouse",
    "LakeChanged",
    "LoadHistory",
    "RoleNotReady",
    "StorageError",
    "Store",
    "UntranslatableSql",
    "Warehouse",
    "WarehouseBusy",
    "WarehouseConnection",
    "WarehouseError",
    "WarehouseUnavailable",
    "WrongVersion",
    "connect",
    "failure_message",
    "in_one_line",
    "open_warehouse",
    "unknown_warehouse",
]
