"""The seam's `local`: the embedded Redshift of this machine, as a warehouse with folders of its own.

Nothing else of the seam imports `local_redshift`, which is independent of warehouses.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from lake.errors import WarehouseUnavailable
from lake.folders import cannot_be_used
from lake.object_store import Store
from local_redshift import analyst, postgres_server
from local_redshift.connection import LocalRedshiftConnection, connect, empty_load_history, has_session
from local_redshift.errors import HomeUnusable, ServerStuck
from local_redshift.postgres_database import ANALYST, DATABASE
from warehouse.connection import WarehouseConnection
from warehouse.home import home
from warehouse.idle_sessions import IdleSessions
from warehouse.usage import Usage

if TYPE_CHECKING:
    import asyncio
    import socket


@contextmanager
def _remedies() -> Iterator[None]:
    """Add the variable to set or the command to run to errors of the server, which has neither."""
    try:
        yield
    except HomeUnusable as error:
        raise cannot_be_used("SPARKIFY_HOME", home(), error.reason) from error
    except ServerStuck as error:
        raise WarehouseUnavailable(f"{error}: sparkify stop") from error


def stop() -> int | None:
    """Stop the PostgreSQL of this SPARKIFY_HOME, if it runs, and return its process.

    Raises:
        WarehouseUnavailable: it is another user's, or does not end.
    """
    with _remedies():
        return postgres_server.stop(home())


def admit_analyst(schema: str, password: str) -> None:
    """Start the server of this SPARKIFY_HOME if need be, and let the analyst log in with this password.

    Raises:
        WarehouseUnavailable: the server cannot be started.
    """
    with _remedies():
        analyst.admit(home(), schema, password)


def dismiss_analyst() -> None:
    """End all sessions of the analyst."""
    analyst.dismiss(home())


async def relay_to_local(listener: "socket.socket", ended: "asyncio.Event") -> None:
    """Let the analyst talk to the server of this SPARKIFY_HOME through a listening socket, until the event."""
    from local_redshift.relay import relay  # noqa: PLC0415 - which no other command needs

    await relay(home(), listener, ended)


class LocalConnection(LocalRedshiftConnection, WarehouseConnection):
    """A connection to the embedded Redshift that can be lent."""

    engine = "postgresql"


@dataclass(frozen=True)
class LocalWarehouse:
    """The embedded PostgreSQL of this SPARKIFY_HOME."""

    schema: str
    usage: Usage = field(default_factory=Usage, repr=False, compare=False, kw_only=True)
    idle_sessions: IdleSessions = field(default_factory=IdleSessions, repr=False, compare=False, kw_only=True)

    load_history: ClassVar[Literal["stl"]] = "stl"
    lake: ClassVar[Mapping[str, str]] = {}
    max_lag: ClassVar[str | None] = None
    region: ClassVar[str | None] = None
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
        with _remedies():
            return connect(home(), self.schema, LocalConnection, read_only=read_only).counted_in(self.usage)

    def has_session(self, session_id: int, seen_at: datetime) -> bool:
        """Tell whether a session that was seen then is still there; it is gone with its process, even a killed one."""
        with _remedies():
            return has_session(home(), session_id, seen_at)

    def forget_loads(self, kept: timedelta = timedelta(0)) -> None:
        """Empty the load history of this SPARKIFY_HOME, but for so much time; Redshift empties its own by itself."""
        with _remedies():
            empty_load_history(home(), kept)


__all__ = [
    "ANALYST",
    "DATABASE",
    "LocalConnection",
    "LocalWarehouse",
    "admit_analyst",
    "dismiss_analyst",
    "relay_to_local",
    "stop",
]
