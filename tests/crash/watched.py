"""A local warehouse that is watched: whatever a run asks of the server is seen before and after the server does it.

Nothing of the run itself is replaced. A test looks on, or strikes: it ends the process, as far as the server can tell,
or the server's end of the connection.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import psycopg2
import psycopg2.extensions
from prefect_aws import AwsCredentials
from psycopg2.sql import SQL, Composable, Identifier

from tests.redshift_mode.conftest import SETTINGS
from warehouse import postgres_server
from warehouse.local import SESSION, LocalConnection, LocalCursor, LocalWarehouse, home
from warehouse.redshift.blocks import RedshiftCluster

Plain = psycopg2.extensions.connection
PlainCursor = psycopg2.extensions.cursor


class Died(BaseException):
    """The process is no more; nothing that it would do next happens, as if it had been killed."""


@dataclass(frozen=True, order=True)
class Moment:
    """A place in a run: before or after the statement of this number."""

    number: int
    when: Literal["before", "after"]


Look = Callable[[Moment, Plain], None]


class Watch:
    """What a run has asked of the server so far, the connections that it has open, and what to do at each moment."""

    def __init__(self, look: Look = lambda *_: None) -> None:
        self.statements: list[str] = []
        self.open: list[Plain] = []
        self.look = look

    @contextmanager
    def over(self, connection: Plain, statement: str) -> Iterator[None]:
        """See one statement."""
        self.statements.append(statement)
        number = len(self.statements)
        self.look(Moment(number, "before"), connection)
        yield
        self.look(Moment(number, "after"), connection)


WATCH = Watch()


def watch(look: Look) -> Watch:
    """Begin to watch anew."""
    WATCH.__init__(look)  # type: ignore[misc]
    return WATCH


class WatchedConnection(LocalConnection):
    """A connection to the local warehouse that tells the watch what goes over it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = WatchedCursor
        WATCH.open.append(self)

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """Open a cursor; a plain one, such as a borrower and the COPY emulator use, is watched too."""
        if self._lent or kwargs.get("cursor_factory") is PlainCursor:
            kwargs["cursor_factory"] = WatchedPlainCursor
        return super().cursor(*args, **kwargs)

    def commit(self) -> None:
        if not self._lent:
            with WATCH.over(self, "COMMIT"):
                super().commit()

    def rollback(self) -> None:
        if not self._lent:
            with WATCH.over(self, "ROLLBACK"):
                super().rollback()


class WatchedCursor(LocalCursor):
    """A cursor that takes Redshift SQL; a COPY is one statement of ours and several of the emulator's."""

    def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
        with WATCH.over(self.connection, self.mogrify(query, vars).decode()):
            super().execute(query, vars)


class WatchedPlainCursor(PlainCursor):
    """A cursor that takes PostgreSQL's own SQL."""

    def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
        with WATCH.over(self.connection, self.mogrify(query, vars).decode()):
            super().execute(query, vars)

    def copy_expert(self, sql: str | bytes | Composable, file: Any, size: int = 8192) -> None:
        with WATCH.over(self.connection, str(sql)):
            super().copy_expert(sql, file, size)


class WatchedWarehouse(LocalWarehouse):
    """The local warehouse, over watched connections."""

    def connect(self, *, read_only: bool = False) -> LocalConnection:
        connection = postgres_server.connect(postgres_server.start(home()), WatchedConnection)
        with connection, connection.cursor(cursor_factory=PlainCursor) as cursor:
            cursor.execute(SQL(SESSION).format(Identifier(self.schema)))
        return connection


class WatchedBlock(RedshiftCluster):
    """The saved block by which a run finds the watched warehouse; what it says of AWS is not asked for."""

    _block_type_name = "Watched"
    _block_type_slug = "watched"

    def open(self, schema: str | None = None) -> WatchedWarehouse:  # type: ignore[override]
        return WatchedWarehouse(self.schema_name)


def save_block() -> str:
    """Save the block, and return what `--warehouse` calls it."""
    WatchedBlock(credentials=AwsCredentials(), cluster_identifier="none", **SETTINGS).save("test", overwrite=True)
    return "watched/test"


class Strike:
    """What happens to a run at one moment, and whether it has."""

    def __init__(self, at: Moment, act: Callable[[Plain], None]) -> None:
        self.at = at
        self.act = act
        self.happened = False

    def __call__(self, moment: Moment, connection: Plain) -> None:
        if moment == self.at:
            self.happened = True
            self.act(connection)


def death(at: Moment) -> Strike:
    """End the process: its connections break off, and whatever it would ask next is not asked any more."""

    def die(connection: Plain) -> None:
        WATCH.look = lambda _, opened: die(opened)
        for opened in (*WATCH.open, connection):
            Plain.close(opened)
        raise Died

    return Strike(at, die)


def loss(at: Moment) -> Strike:
    """End the session on the server; after a statement, before the server can say that it is done."""

    def lose(connection: Plain) -> None:
        with closing(postgres_server.connect(postgres_server.start(home()), Plain)) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", (connection.info.backend_pid,))
            assert cursor.fetchall() == [(True,)]
        if at.when == "after":
            Plain.close(connection)
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    return Strike(at, lose)
