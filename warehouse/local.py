"""The seam's `local`: the embedded Redshift of this machine, as a warehouse with folders of its own.

Nothing else of the seam knows `local_redshift`, and it knows nothing of warehouses.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Literal

from lake.object_store import Store
from local_redshift import postgres_server
from local_redshift.connection import LocalRedshiftConnection, connect, empty_load_history
from warehouse.connection import WarehouseConnection
from warehouse.home import home


def stop() -> int | None:
    """Stop the PostgreSQL of this SPARKIFY_HOME, if it runs, and return its process."""
    return postgres_server.stop(home())


class LocalConnection(LocalRedshiftConnection, WarehouseConnection):
    """A connection to the embedded Redshift that can be lent."""

    engine = "postgresql"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home = home()


@dataclass(frozen=True)
class LocalWarehouse:
    """The embedded PostgreSQL of this SPARKIFY_HOME."""

    schema: str

    load_history: ClassVar[Literal["stl"]] = "stl"
    lake: ClassVar[None] = None
    store: ClassVar[Store] = Store()

    @property
    def work_url(self) -> str:
        """Return the folder under SPARKIFY_HOME that manifests are written to."""
        return f"file://{home() / 'manifests'}/"

    @property
    def data_docs_url(self) -> str:
        """Return the folder under SPARKIFY_HOME that Data Docs are written to."""
        return f"file://{home() / 'data-docs'}/"

    @property
    def iam_role(self) -> str:
        """Return a role for COPY to name; files are read with the rights of this process."""
        return "arn:aws:iam::000000000000:role/local"

    def connect(self, *, read_only: bool = False) -> LocalConnection:
        """Open a connection, starting the server if need be; a read-only one is another, powerless user's.

        Raises:
            WarehouseUnavailable: the server cannot be started.
            WarehouseError: the schema is the emulator's own.
        """
        return connect(home(), self.schema, LocalConnection, read_only=read_only)

    def forget_loads(self, kept: timedelta = timedelta(0)) -> None:
        """Empty the load history of this SPARKIFY_HOME, but for so much time; Redshift empties its own by itself."""
        empty_load_history(home(), kept)
