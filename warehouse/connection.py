"""A warehouse connection: psycopg2's, with a way to lend it to a library that believes it owns it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from types import TracebackType
from typing import Any, ClassVar, Self

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from client.errors import reworded
from client.interruption import InterruptibleCursor
from client.statement import trace_unchanged
from warehouse.usage import Usage


def _typecaster(name: str, read: Callable[[Any, Any], object], *types: int) -> Any:
    """Return what reads a type as psycopg2 does, and as the text of the warehouse where Python has no such value.

    A TIMESTAMP may be from 4713 BC to 294276 AD, Python's are of the years 1 to 9999; psycopg2 raises, and takes
    `infinity` for the last of them.
    """

    def read_or_leave(text: Any, cursor: Any) -> object:
        if text is not None and text.endswith("infinity"):
            return text
        try:
            return read(text, cursor)
        except (ValueError, OverflowError, psycopg2.Error):
            return text

    return psycopg2.extensions.new_type(types, name, read_or_leave)


TYPECASTERS = (
    _typecaster("DATE", psycopg2.extensions.PYDATE, 1082),
    _typecaster("TIMESTAMP", psycopg2.extensions.PYDATETIME, 1114),
    _typecaster("TIMESTAMPTZ", psycopg2.extensions.PYDATETIMETZ, 1184),
    _typecaster("INTERVAL", psycopg2.extensions.PYINTERVAL, 1186),
)
"""For the types by whose numbers PostgreSQL and Redshift both know them."""

REFUSALS_OF_READERS = (psycopg2.errors.ReadOnlySqlTransaction, psycopg2.errors.InsufficientPrivilege)
TO_WRITE = "this connection only reads; for one that may write: connect(..., read_only=False)"


class WarehouseConnection(psycopg2.extensions.connection):
    """A psycopg2 connection whose cursors take Redshift SQL, which reads every value, and which can be lent."""

    engine: ClassVar[str]
    """The dialect that SQLAlchemy must use for this connection: `redshift` or `postgresql`."""

    statement_timeout_ms = 0
    """How long a statement may run, 0 being for ever; see `within` for one that may take less long."""

    is_usable_again = True
    """Whether it may be used for something else later: it finds all tables of the schema."""

    usage: Usage | None = None
    """Where what it is sent is counted."""
    _session_id = 0
    _lent = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = InterruptibleCursor
        for typecaster in TYPECASTERS:
            psycopg2.extensions.register_type(typecaster, self)

    def counted_in(self, usage: Usage) -> Self:
        """Count what it is sent from now on, and return the connection."""
        self.usage, self._session_id = usage, self.info.backend_pid
        return self

    def note(self, seconds: float) -> None:
        """Count a request that took so long."""
        if self.usage is not None:
            self.usage.add(self._session_id, seconds)

    def add_remedy(self, error: psycopg2.Error) -> None:
        """Add to the error about a statement that is refused since the connection only reads how to open another."""
        if self.readonly and isinstance(error, REFUSALS_OF_READERS) and TO_WRITE not in str(error):
            reworded(error, f"{str(error).rstrip()}\nHINT:  {TO_WRITE}")

    def within(self, limit_ms: int, run: Callable[[Any], object]) -> bool:
        """Run a statement that may have to wait, by a cursor; return whether it ended in time, or else roll back.

        It is cancelled from here: whether statement_timeout ends a wait for a lock on Redshift, its guide does not say.
        """
        is_late, is_done = Event(), False
        timer = Timer(limit_ms / 1000, self._cancel, (is_late,))
        timer.start()
        try:
            with self.cursor() as cursor, suppress(psycopg2.errors.QueryCanceled):
                run(cursor)
                is_done = True
        finally:
            timer.cancel()
            timer.join()
        if is_late.is_set() or not is_done:  # what is cancelled too late may be the next statement
            self.rollback()
            return False
        return True

    def _cancel(self, is_late: Event) -> None:
        """Cancel the statement that runs, from another thread."""
        is_late.set()
        with suppress(psycopg2.Error):  # the connection is closed
            self.cancel()

    @contextmanager
    def lend(self) -> Iterator[Self]:
        """Let a borrower read inside the open transaction, and ignore its commit, rollback and close.

        Great Expectations reads through SQLAlchemy, which ends transactions as it sees fit; the rows that a suite must
        see are not committed yet, and whether they will be is up to the suites. Only one thread may borrow.
        """
        self._lent = True
        try:
            yield self
        finally:
            self._lent = False

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """Open a cursor; a borrower gets a plain one, since it uses the engine's own dialect."""
        if self._lent:
            kwargs.setdefault("cursor_factory", InterruptibleCursor)
        return super().cursor(*args, **kwargs)

    def trace(self, sql: str) -> str:
        """Return what a statement is sent as, with marks of where its parts come from (`typed_sql.place_in`)."""
        return trace_unchanged(sql)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Commit, or roll back after an error, which is raised even if the server has gone since."""
        try:
            super().__exit__(kind, error, traceback)
        except psycopg2.Error:
            if error is None:
                raise

    def commit(self) -> None:
        """Commit, unless lent."""
        if not self._lent:
            super().commit()

    def rollback(self) -> None:
        """Roll back, unless lent."""
        if not self._lent:
            super().rollback()

    def close(self) -> None:
        """Close, unless lent."""
        if not self._lent:
            super().close()
