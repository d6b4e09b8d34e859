"""A local warehouse that is watched: whatever a run asks of the server is seen before and after the server does it.

Nothing of the run itself is replaced. A test looks on, or strikes: it ends the process, as far as the server can tell,
or the server's end of the connection. A statement is known by its words, never by its number: no two runs need ask the
same things in the same order. Great Expectations shuffles its queries, and a run may have to wait for the lock.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg2
import psycopg2.extensions
from prefect_aws import AwsCredentials
from psycopg2.sql import Composable

from local_redshift import postgres_server
from local_redshift.connection import LocalRedshiftCursor, connect
from tests.redshift_mode.conftest import SETTINGS
from warehouse.home import home
from warehouse.local import LocalConnection, LocalWarehouse
from warehouse.redshift.blocks import RedshiftCluster

Plain = psycopg2.extensions.connection
PlainCursor = psycopg2.extensions.cursor

LITERAL = re.compile(r"'[^']*'")
WORD = re.compile(r"[^\W\d]+")


class Died(BaseException):
    """The process is no more; nothing that it would do next happens, as if it had been killed."""


@dataclass(frozen=True)
class Moment:
    """A place in a run: before or after a statement, which is the run's nth of these words."""

    when: Literal["before", "after"]
    words: str
    nth: int
    statement: str = field(compare=False)


Look = Callable[[Moment, Plain], None]


def words(statement: str) -> str:
    """Return what is the same in each run: a statement's words in the order of the alphabet, without its values."""
    return " ".join(sorted(WORD.findall(LITERAL.sub("", statement))))


class Watch:
    """What a run has asked of the server so far, the connections that it has open, and what to do at each moment."""

    def __init__(self, look: Look = lambda *_: None) -> None:
        self.asked = Counter[str]()
        self.open: list[Plain] = []
        self.look = look

    @contextmanager
    def over(self, connection: Plain, statement: str) -> Iterator[None]:
        """See one statement."""
        known_by = words(statement)
        self.asked[known_by] += 1
        nth = self.asked[known_by]
        self.look(Moment("before", known_by, nth, statement), connection)
        yield
        self.look(Moment("after", known_by, nth, statement), connection)


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
        self.began_with = ""
        WATCH.open.append(self)

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """Open a cursor; a plain one, such as a borrower and the COPY emulator use, is watched too."""
        if self._lent or kwargs.get("cursor_factory") is PlainCursor:
            kwargs["cursor_factory"] = WatchedPlainCursor
        return super().cursor(*args, **kwargs)

    def over(self, statement: str) -> AbstractContextManager[None]:
        """See one statement of a transaction."""
        self.began_with = self.began_with or statement
        return WATCH.over(self, statement)

    def commit(self) -> None:
        if not self._lent:
            with self._over_the_end("COMMIT"):
                super().commit()

    def rollback(self) -> None:
        if not self._lent:
            with self._over_the_end("ROLLBACK"):
                super().rollback()

    def _over_the_end(self, statement: str) -> AbstractContextManager[None]:
        """See how a transaction ends; it is known by what it began with."""
        began_with, self.began_with = self.began_with, ""
        return WATCH.over(self, f"{statement} -- {began_with}")


class WatchedCursor(LocalRedshiftCursor):
    """A cursor that takes Redshift SQL; a COPY is one statement of ours and several of the emulator's."""

    connection: WatchedConnection

    def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
        with self.connection.over(self.mogrify(query, vars).decode()):
            super().execute(query, vars)


class WatchedPlainCursor(PlainCursor):
    """A cursor that takes PostgreSQL's own SQL."""

    connection: WatchedConnection

    def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
        with self.connection.over(self.mogrify(query, vars).decode()):
            super().execute(query, vars)

    def copy_expert(self, sql: str | bytes | Composable, file: Any, size: int = 8192) -> None:
        with self.connection.over(str(sql)):
            super().copy_expert(sql, file, size)


class WatchedWarehouse(LocalWarehouse):
    """The local warehouse, over watched connections."""

    def connect(self, *, read_only: bool = False) -> LocalConnection:
        return connect(home(), self.schema, WatchedConnection, read_only=read_only)


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


Act = Callable[[Moment, Plain], None]


WRITES = ("Comes first in each transaction that writes", "Take the warehouse with the next fencing number")
"""What a transaction that writes begins with: lease/check and lease/take."""


def ends_what_writes(moment: Moment) -> bool:
    """Tell whether a transaction that writes is about to end, or has."""
    return moment.statement.startswith("COMMIT") and any(words in moment.statement for words in WRITES)


class Strike:
    """What happens to a run at the first of its moments that is wanted; `at` tells which that was, if any."""

    def __init__(self, wanted: Callable[[Moment], bool], act: Act) -> None:
        self.wanted = wanted
        self.act = act
        self.at: Moment | None = None

    def __call__(self, moment: Moment, connection: Plain) -> None:
        if self.at is None and self.wanted(moment):
            self.at = moment
            self.act(moment, connection)


def strikes(wanted: Callable[[Moment], bool], act: Act) -> Iterator[Strike]:
    """Give a strike for each run of a row, at its first wanted moment that none before was struck at.

    The row ends with the run that goes through unharmed: every moment of it that is wanted has been struck before.
    """
    struck = set[Moment]()
    while True:
        strike = Strike(lambda moment: wanted(moment) and moment not in struck, act)
        yield strike
        if strike.at is None:
            return
        struck.add(strike.at)


def die(_: Moment, connection: Plain) -> None:
    """End the process: its connections break off, and whatever it would ask next is not asked any more."""
    WATCH.look = die
    for opened in (*WATCH.open, connection):
        Plain.close(opened)
    raise Died


def lose(moment: Moment, connection: Plain) -> None:
    """End the session on the server; after a statement, before the server can say that it is done."""
    with closing(postgres_server.open_session(home(), Plain)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 600000)", (connection.info.backend_pid,))
        assert cursor.fetchall() == [(True,)]
    if moment.when == "after":
        Plain.close(connection)
        raise psycopg2.OperationalError("server closed the connection unexpectedly")
