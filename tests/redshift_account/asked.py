"""The warehouse that is asked, and how: sessions in a schema, files below a prefix, and looks into system tables."""

import math
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import psycopg2
import psycopg2.extensions

from tests.local_redshift.conformance.replay import RemotePlace

Session = psycopg2.extensions.connection
STATEMENT_S = 120
"""How long a statement may take, so that no question takes for ever."""
LOOKS = 20
"""Into how many pauses the patience is divided."""


@dataclass(frozen=True)
class Asked:
    """The warehouse that is asked: how to open a session of it, and the schema and folder to do everything in."""

    dial: Callable[[], Session]
    place: RemotePlace
    schema: str
    patience_s: float

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session in the schema; what it has not committed is rolled back in the end."""
        with closing(self.dial()) as session:
            run(session, f"SET search_path TO {self.schema}; SET statement_timeout TO {1000 * STATEMENT_S}")
            session.commit()
            yield session

    def copy(self, session: Session, table: str, text: str, options: str = "") -> None:
        """Load a file of this text into a table that is new or has one column `id`; the caller commits."""
        self.place.put(f"{table}/1.json", text.encode())
        run(session, f"CREATE TABLE IF NOT EXISTS {table} (id INT)")
        session.commit()
        run(session, self.copy_statement(table, options))

    def copy_statement(self, table: str, options: str = "") -> str:
        """Return the COPY that loads the file of a table."""
        source = f"'{self.place.url}{table}/' {self.place.authorization}"
        return f"COPY {table} FROM {source} FORMAT AS JSON 'auto' {options}".rstrip()

    def look(self, session: Session, query: str, table: str) -> tuple[float | None, list[Any]]:
        """Look for the first column of a system table's rows about the file of this table, until there are some.

        Return after how many seconds, 0 at once, None where none came, and what they are one pause later, since they
        may come one by one.
        """
        named = f"%{self.place.key}{table}/%"
        began = monotonic()
        after_s = 0.0
        while not fetch_column(session, query, named):
            if monotonic() - began >= self.patience_s:
                return None, []
            sleep(self.patience_s / LOOKS)
            after_s = monotonic() - began
        sleep(self.patience_s / LOOKS)
        return math.ceil(10 * after_s) / 10, fetch_column(session, query, named)


Probe = Callable[[Asked], object]


def run(session: Session, statement: str) -> None:
    """Run a statement in the session's transaction."""
    with session.cursor() as cursor:
        cursor.execute(statement)


def fetch_column(session: Session, query: str, *parameters: str) -> list[Any]:
    """Fetch the first column of a query in a transaction of its own, which sees all that was committed before."""
    session.rollback()
    with session.cursor() as cursor:
        cursor.execute(query, parameters or None)
        rows = cursor.fetchall()
    session.rollback()
    return [value for value, *_ in rows]


def outcome_of(session: Session, statement: str) -> str:
    """Run a statement, and return "done", or its SQLSTATE and message; the transaction is rolled back then."""
    try:
        run(session, statement)
    except psycopg2.Error as error:
        session.rollback()
        return f"{error.pgcode}: {error.diag.message_primary or type(error).__name__}"
    return "done"
