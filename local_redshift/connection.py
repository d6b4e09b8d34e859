"""Redshift on this machine: the embedded PostgreSQL behind psycopg2 connections whose cursors take Redshift SQL.

Every statement goes through `translation`, COPY goes to the emulator. What PostgreSQL would understand differently is
translated or refused, never passed on as it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import psycopg2
import psycopg2.extensions
from psycopg2.errorcodes import UNDEFINED_FILE
from psycopg2.extensions import STATUS_READY, TRANSACTION_STATUS_IDLE
from psycopg2.sql import SQL, Composable, Identifier

from client.errors import UntranslatableSql
from client.interruption import InterruptibleCursor, explain
from lake.errors import WarehouseError
from local_redshift import postgres_server
from local_redshift.copy.command.statement import CopySyntaxError, parse_copy
from local_redshift.dialect.alter import Alone
from local_redshift.dialect.translation import Copy, trace, translate
from local_redshift.postgres_database import OWNER, READER
from local_redshift.postgres_home import has_lost_its_data
from local_redshift.redshift_errors import as_redshift

Parameters = Sequence[object] | Mapping[str, object] | None

EMULATOR = "redshift"  # the schema of Redshift's functions and system tables; nobody but the emulator writes to it
SESSION = """
    SET search_path TO {}, redshift;
    SET standard_conforming_strings TO off;  -- a backslash in a literal is an escape on Redshift
    SET escape_string_warning TO off
"""
READ_ONLY_SESSION = """
    SET cursor_tuple_fraction TO 1;  -- a cursor's rows are all fetched, as a rule
    SET max_parallel_workers_per_gather TO 1;  -- two processes: more get in each other's way where there are two cores
    SET parallel_setup_cost TO 100;
    SET parallel_tuple_cost TO 0.001;  -- the planner expects a group for each row where an expression is grouped by
    SET hash_mem_multiplier TO 8  -- two processes take hours for DISTINCT where its keys, millions, outgrow this
"""
SESSIONS = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND CAST(backend_start AS TIMESTAMP) < %s"
Connected = TypeVar("Connected", bound="LocalRedshiftConnection")


class LocalRedshiftConnection(psycopg2.extensions.connection):
    """A psycopg2 connection to the embedded PostgreSQL that takes Redshift SQL."""

    home: Path
    """The folder of the server's state, which `connect` sets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = LocalRedshiftCursor

    def columns_of(self, table: str) -> set[str] | None:
        """Return the columns of a table as its name is found now, None if there is none of that name."""
        with self.cursor(cursor_factory=psycopg2.extensions.cursor) as plain:
            plain.execute("SELECT attname FROM pg_attribute WHERE attrelid = TO_REGCLASS(%s) AND attnum > 0", (table,))
            return {name for (name,) in plain.fetchall()} or None

    def trace(self, sql: str) -> str:
        """Return the translation of a query with marks of where its parts come from."""
        return trace(sql, self.columns_of)

    def commit(self) -> None:
        """Commit the open transaction.

        Raises:
            psycopg2.Error: as Redshift raises it.
        """
        with _redshift_errors(self):
            super().commit()


class LocalRedshiftCursor(InterruptibleCursor):
    """A cursor that takes Redshift SQL: translated, or executed by the COPY emulator."""

    def execute(self, query: str | bytes | Composable, vars: Parameters = None) -> None:  # noqa: A002
        """Run one or more Redshift statements.

        Raises:
            UntranslatableSql: a statement that this warehouse could not run as Redshift would.
            psycopg2.Error: as Redshift raises it.
        """
        text = query.decode() if isinstance(query, bytes) else query
        text = text.as_string(self) if isinstance(text, Composable) else text
        columns_of = cast(LocalRedshiftConnection, self.connection).columns_of
        for statement in translate(text, columns_of):
            with _redshift_errors(self.connection):
                if isinstance(statement, Copy):
                    self._copy(self.mogrify(statement.sql, vars).decode())
                    continue
                if isinstance(statement, Alone):
                    self._require_no_transaction(statement.command)
                super().execute(statement.sql if isinstance(statement, Alone) else statement, vars)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Fetch some rows; those of a cursor with a name are computed only now.

        Raises:
            psycopg2.Error: as Redshift raises it.
        """
        with _redshift_errors(self.connection):
            return super().fetchmany(size)

    def executemany(self, query: str | bytes | Composable, vars_list: Iterable[Any]) -> None:
        """Run the same statement once per set of parameters."""
        for parameters in vars_list:
            self.execute(query, parameters)

    def callproc(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse procedures, which are not emulated."""
        raise UntranslatableSql("callproc: procedures are not emulated by the local warehouse")

    def copy_expert(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse COPY FROM STDIN, which Redshift does not have."""
        raise UntranslatableSql("Redshift has no COPY from or to the client: COPY from s3:// or file://, or INSERT")

    copy_from = copy_to = copy_expert

    def _require_no_transaction(self, command: str) -> None:
        if not self.connection.autocommit or self.connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
            message = f"{command} cannot run inside a transaction block"
            super().execute("SELECT redshift.raise_error('25001', %s, '')", (message,))

    def _copy(self, sql: str) -> None:
        from local_redshift.copy.load import execute_copy  # noqa: PLC0415 - needs polars, which a run without COPY does not

        try:
            command = parse_copy(sql)
        except CopySyntaxError as error:
            # Raised by the server, so that the transaction is aborted as on Redshift.
            super().execute("SELECT redshift.raise_error('42601', %s, '')", (str(error),))
        else:
            with self._one_transaction() as plain:
                plain.execute("SET LOCAL standard_conforming_strings TO on")  # which the emulator writes literals for
                execute_copy(self.connection, command, lambda: _beside(self.connection))
                plain.execute("SET LOCAL standard_conforming_strings TO off")

    @contextmanager
    def _one_transaction(self) -> Iterator[psycopg2.extensions.cursor]:
        """Make a COPY atomic where no transaction is open, and give a cursor that takes PostgreSQL's own SQL.

        Apart from autocommit, none is open after TRUNCATE, here as on Redshift: psycopg2 believes that the one which
        TRUNCATE committed still runs, and what follows is committed statement by statement.
        """
        connection = self.connection
        begins = not connection.autocommit and connection.status == STATUS_READY
        is_idle = connection.info.transaction_status == TRANSACTION_STATUS_IDLE
        with closing(connection.cursor(cursor_factory=psycopg2.extensions.cursor)) as plain:
            if begins or not is_idle:
                yield plain
                return
            plain.execute("BEGIN")
            try:
                yield plain
            except BaseException:
                with suppress(psycopg2.Error):
                    plain.execute("ROLLBACK")
                raise
            plain.execute("COMMIT")


@contextmanager
def _redshift_errors(connection: psycopg2.extensions.connection) -> Iterator[None]:
    """Reword errors as Redshift has them; where the server is gone, add the cause from its log, such as a full disk.

    Raises:
        psycopg2.OperationalError: the server is gone; psycopg2 has other classes for it too.
        psycopg2.Error: as Redshift raises it.
    """
    try:
        yield
    except psycopg2.DatabaseError as error:
        gone = str(error).partition("\n")[0]
        is_lost = error.pgcode is None and (connection.closed or gone == postgres_server.GONE)
        home = cast(LocalRedshiftConnection, connection).home
        if is_lost or (error.pgcode == UNDEFINED_FILE and has_lost_its_data(home)):
            raise psycopg2.OperationalError(f"{gone}; {postgres_server.crash_report(home)}") from error
        as_redshift(error)
        explain(connection, error)
        raise


def _beside(connection: psycopg2.extensions.connection) -> psycopg2.extensions.connection:
    """Open a second connection to the same server, whose writes survive a rollback of the first."""
    second = postgres_server.connect(Path(connection.info.host), psycopg2.extensions.connection)
    second.autocommit = True
    return second


def connect(home: Path, schema: str, connection_class: type[Connected], *, read_only: bool = False) -> Connected:
    """Open a connection, starting the server of this home if need be; a read-only one is another, powerless user's.

    Raises:
        HomeUnusable: the home cannot be written.
        ServerStuck: a server runs that cannot be reached.
        WarehouseUnavailable: the server cannot be started.
        WarehouseError: the schema is the emulator's own.
    """
    if schema.lower() == EMULATOR:
        raise WarehouseError(f"schema {EMULATOR} holds what the local warehouse has of Redshift: name another schema")
    connection = postgres_server.open_session(home, connection_class, READER if read_only else OWNER)
    connection.home = home
    with connection, connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute(SQL(SESSION).format(Identifier(schema.lower())))
        if read_only:
            cursor.execute(READ_ONLY_SESSION)
    connection.set_session(readonly=read_only)
    return connection


def has_session(home: Path, session_id: int, seen_at: datetime) -> bool:
    """Tell whether a session of the server of this home is still there that was seen at this time, to the second.

    One that began later is another, whose process was given the same number.
    """
    with closing(postgres_server.open_session(home, psycopg2.extensions.connection)) as plain, plain.cursor() as cursor:
        cursor.execute(SESSIONS, (session_id, seen_at + timedelta(seconds=1)))
        return bool(cursor.fetchall())


def empty_load_history(home: Path, kept: timedelta) -> None:
    """Forget every COPY of the server of this home older than `kept`, which Redshift does by itself after some days."""
    from local_redshift.copy.log import forget_loads, now  # noqa: PLC0415 - as for COPY

    plain = postgres_server.open_session(home, psycopg2.extensions.connection)
    with closing(plain), plain, plain.cursor() as cursor:
        forget_loads(cursor, now() - kept)
