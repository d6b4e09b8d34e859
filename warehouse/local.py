"""The local warehouse: the embedded PostgreSQL behind cursors that take Redshift SQL.

Every statement goes through `translation`, COPY goes to the emulator. What PostgreSQL would understand differently is
translated or refused, never passed on as it is.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2.extensions
from psycopg2.sql import SQL, Composable, Identifier

from warehouse import postgres_server
from warehouse.connection import WarehouseConnection
from warehouse.copy_command import CopySyntaxError, parse_copy
from warehouse.copy_load import execute_copy
from warehouse.translation import Copy, translate

Parameters = Sequence[object] | Mapping[str, object] | None


def home() -> Path:
    """Return the folder of all local state: SPARKIFY_HOME, or `~/.sparkify`."""
    return Path(os.environ.get("SPARKIFY_HOME") or Path.home() / ".sparkify").absolute()


class LocalConnection(WarehouseConnection):
    """A connection to the embedded PostgreSQL that speaks Redshift SQL."""

    engine = "postgresql"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = LocalCursor


class LocalCursor(psycopg2.extensions.cursor):
    """A cursor that takes Redshift SQL: translated, or executed by the COPY emulator."""

    def execute(self, query: str | bytes | Composable, vars: Parameters = None) -> None:  # noqa: A002
        """Run one or more Redshift statements.

        Raises:
            UntranslatableSql: a statement that this warehouse could not run as Redshift would.
            psycopg2.Error: as Redshift raises it.
        """
        text = query.decode() if isinstance(query, bytes) else query
        text = text.as_string(self) if isinstance(text, Composable) else text
        for statement in translate(text):
            if isinstance(statement, Copy):
                self._copy(self.mogrify(statement.sql, vars).decode())
            else:
                super().execute(statement, vars)

    def executemany(self, query: str | bytes | Composable, vars_list: Iterable[Any]) -> None:
        """Run the same statement once per set of parameters."""
        for parameters in vars_list:
            self.execute(query, parameters)

    def _copy(self, sql: str) -> None:
        try:
            command = parse_copy(sql)
        except CopySyntaxError as error:
            # Raised by the server, so that the transaction is aborted as on Redshift.
            super().execute("SELECT redshift.raise_error('42601', %s, '')", (str(error),))
        else:
            execute_copy(self.connection, command, lambda: _autonomous(self.connection))


def _autonomous(connection: psycopg2.extensions.connection) -> psycopg2.extensions.connection:
    """Open a second connection to the same database, whose writes survive a rollback of the first."""
    second = postgres_server.connect(Path(connection.info.host), psycopg2.extensions.connection)
    second.autocommit = True
    return second


@dataclass(frozen=True)
class LocalWarehouse:
    """The embedded PostgreSQL of this SPARKIFY_HOME."""

    schema: str

    @property
    def work_url(self) -> str:
        """Return the folder under SPARKIFY_HOME that manifests are written to."""
        return f"file://{home() / 'manifests'}/"

    @property
    def iam_role(self) -> str:
        """Return a role for COPY to name; files are read with the rights of this process."""
        return "arn:aws:iam::000000000000:role/local"

    def connect(self, *, read_only: bool = False) -> LocalConnection:
        """Open a connection, starting the server if need be; a read-only one is another, powerless user's.

        Raises:
            WarehouseUnavailable: the server cannot be started.
        """
        folder = postgres_server.start(home())
        user = postgres_server.READER if read_only else postgres_server.OWNER
        connection = postgres_server.connect(folder, LocalConnection, user=user)
        with connection, connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
            cursor.execute(SQL("SET search_path TO {}, redshift").format(Identifier(self.schema)))
        connection.set_session(readonly=read_only)
        return connection
