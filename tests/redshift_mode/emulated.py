"""Redshift without AWS: blocks whose control plane is moto's and whose connections lead to the local warehouse.

Everything in between is the real thing. What is sent is recorded as it is sent, before anything translates it, and a
statement can be made to fail as it may on Redshift.
"""

import os
import re
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2.sql import SQL, Composable, Identifier

from local_redshift import postgres_database, postgres_server
from local_redshift.connection import SESSION, LocalRedshiftCursor
from tests.bucket_policies import keep_beside_moto
from tests.state import plain_connection
from warehouse import WarehouseConnection
from warehouse.home import home
from warehouse.local import LocalConnection
from warehouse.redshift.blocks import RedshiftBlock, RedshiftCluster, RedshiftServerless
from warehouse.redshift.clients import SessionClients
from warehouse.redshift.compute import Clients, Endpoint, Login
from warehouse.redshift.connection import Parameters
from warehouse.redshift.serverless import Serverless
from warehouse.redshift.settings import LOADER, READER, ServerlessSettings, Settings
from warehouse.redshift.warehouse import RedshiftWarehouse

PASSWORD = "canary-database-password"
ABOUT_USERS = ("CREATE USER", "ALTER SCHEMA", "ALTER DEFAULT PRIVILEGES")
"""What the local warehouse does not emulate. The loader is a superuser here: the emulator's bookkeeping wants one."""
WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE", "CREATE TABLE", "ALTER", "DROP")
COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
LITERAL = re.compile(r"'(?:[^']|'')*'|\d+")
PLANNED = re.compile("SELECT|INSERT|UPDATE|DELETE|COPY")
"""What needs a plan, which Redshift compiles, and keeps."""
Failure = Callable[[psycopg2.extensions.cursor], None]
End = Callable[[psycopg2.extensions.connection, Callable[[], None]], None]
"""What becomes of a COMMIT, given the connection and what carries it out."""


class Wire:
    """What went over the connections, and what is to go wrong on them: the statement that fails, and how."""

    def __init__(self) -> None:
        self.dialled: list[Parameters] = []
        self.sent: list[str] = []
        self.faults: list[tuple[str, Failure]] = []
        self.ends: list[tuple[str, End]] = []
        self.refused: set[object] = set()
        self.timeout_ends_locks = True
        self.compiled: set[str] = set()
        self.compilation_s = 0.0
        self.unchecked: list[str] = []

    def reset(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]

    def send(self, plain: psycopg2.extensions.cursor, statement: str) -> None:
        """Record a statement, or fail it if its turn has come; what is new takes as long as its compilation."""
        self.sent.append(statement)
        shape = LITERAL.sub("?", statement)
        if self.compilation_s and shape not in self.compiled and PLANNED.search(shape):
            self.compiled.add(shape)
            plain.execute("SELECT PG_SLEEP(%s)", (self.compilation_s,))
        for fault in [*self.faults]:
            fragment, fail = fault
            if fragment in statement:
                self.faults.remove(fault)
                fail(plain)

    def commit(self, transaction: Sequence[str]) -> None:
        """Keep what a transaction has written that does not begin with a check of the lease."""
        if not (transaction and transaction[0].startswith("LOCK TABLE")):
            self.unchecked += [each for each in transaction if each.startswith(WRITES)]

    def end(self, transaction: Sequence[str]) -> End | None:
        """Return what is to become of the COMMIT of a transaction, if its turn has come."""
        for end in self.ends:
            if any(end[0] in statement for statement in transaction):
                self.ends.remove(end)
                return end[1]
        return None


WIRE = Wire()


def conflict(cursor: psycopg2.extensions.cursor) -> None:
    """Fail as Redshift does where two transactions cannot be put into an order."""
    detail = "Serializable isolation violation on table - 119371, transactions forming the cycle are: 1, 2 (pid:3)"
    cursor.execute("SELECT redshift.raise_error('XX000', '1023', %s)", (detail,))


def conflict_in_words(cursor: psycopg2.extensions.cursor) -> None:
    """Fail as Redshift does at TRUNCATE and DDL."""
    message = "could not complete because of conflict with concurrent transaction"
    cursor.execute("SELECT redshift.raise_error('XX000', %s, '')", (message,))


def drop_connection(cursor: psycopg2.extensions.cursor) -> None:
    """End the session on the server, in the middle of everything."""
    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def idle_too_long(cursor: psycopg2.extensions.cursor) -> None:
    """Let the server end a session that has idled in its transaction for too long."""
    cursor.execute("SET idle_in_transaction_session_timeout TO 1")
    session_id = cursor.connection.info.backend_pid
    with closing(plain_connection()) as other, other.cursor() as watching:
        is_there = True
        while is_there:
            watching.execute("SELECT COUNT(*) FROM pg_stat_activity WHERE pid = %s", (session_id,))
            is_there = watching.fetchall() != [(0,)]
            other.rollback()


def unheard(connection: psycopg2.extensions.connection, carry_out: Callable[[], None]) -> None:
    """Commit, and lose the connection before the answer."""
    carry_out()
    psycopg2.extensions.connection.close(connection)
    raise psycopg2.OperationalError("server closed the connection unexpectedly")


def lost(connection: psycopg2.extensions.connection, carry_out: Callable[[], None]) -> None:
    """Lose the connection before the COMMIT arrives."""
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as plain, suppress(psycopg2.Error):
        drop_connection(plain)
    carry_out()


def refused(connection: psycopg2.extensions.connection, carry_out: Callable[[], None]) -> None:
    """Find at the COMMIT that the transaction cannot be put into an order with another one."""
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as plain:
        conflict(plain)


class EmulatedConnection(LocalConnection):
    """A connection that takes Redshift SQL, and lets Great Expectations write SQLAlchemy's Redshift dialect."""

    engine = "redshift"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = EmulatedCursor
        self.transaction: list[str] = []

    def commit(self) -> None:
        if not self._lent:
            transaction, self.transaction = self.transaction, []
            WIRE.commit(transaction)
            if end := WIRE.end(transaction):
                end(self, super().commit)
                return
        super().commit()

    def rollback(self) -> None:
        if not self._lent:
            self.transaction = []
        super().rollback()

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """Open a cursor; a borrower gets one that records too."""
        if self._lent:
            kwargs.setdefault("cursor_factory", BorrowedCursor)
        return super().cursor(*args, **kwargs)


class EmulatedCursor(LocalRedshiftCursor):
    """A cursor of the local warehouse that records what it is given."""

    connection: EmulatedConnection

    def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
        with self.connection.cursor(cursor_factory=psycopg2.extensions.cursor) as plain:
            text = self.mogrify(query, vars).decode()
            WIRE.send(plain, text)
            self.connection.transaction.append(COMMENT.sub("", text).strip())
            if "SET search_path TO" in text:
                _require_schema(plain, text.split('"')[1:2])
            if text.startswith(ABOUT_USERS):
                plain.execute(text.replace("PASSWORD DISABLE", "SUPERUSER"))
                return
            if "LOCK TABLE" in text and not WIRE.timeout_ends_locks:
                plain.execute("SET statement_timeout TO 0")
        super().execute(query, vars)


class BorrowedCursor(psycopg2.extensions.cursor):
    """PostgreSQL's own cursor, which records: what Great Expectations sends is valid there as it is."""

    def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
        with self.connection.cursor(cursor_factory=psycopg2.extensions.cursor) as plain:
            WIRE.send(plain, self.mogrify(query, vars).decode())
        super().execute(query, vars)


def _require_schema(plain: psycopg2.extensions.cursor, names: list[str]) -> None:
    """Refuse a search path with a schema that is missing, as Redshift does and PostgreSQL does not."""
    plain.execute("SELECT COUNT(*) FROM pg_namespace WHERE nspname = ANY(%s)", (names,))
    if plain.fetchall() != [(len(names),)]:
        message = f'schema "{names[0]}" does not exist'
        plain.execute("SELECT redshift.raise_error('3F000', %s, '')", (message,))


def dial(given: Parameters) -> WarehouseConnection:
    """Open a connection to the embedded PostgreSQL, whatever address is given, as the user who logs in.

    On Serverless an IAM identity is the loader.
    """
    WIRE.dialled.append(given)
    if given["password"] in WIRE.refused:
        raise psycopg2.OperationalError(f'FATAL:  password authentication failed for user "{given["user"]}"')
    user = {"IAM:sparkify_admin": postgres_database.OWNER, f"IAM:{READER}": READER}.get(str(given["user"]), LOADER)
    connection = postgres_server.open_session(home(), EmulatedConnection, user=user)
    connection.home = home()
    with connection, connection.cursor(cursor_factory=psycopg2.extensions.cursor) as plain:
        plain.execute(SQL(SESSION).format(Identifier("pg_catalog")))
    return connection


def make_users() -> None:
    """Make the loader, as `provision` does; the reader is that of the local warehouse, which may read every table."""
    forget_users()
    with closing(plain_connection()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE USER {LOADER} SUPERUSER")


def forget_users() -> None:
    """Drop the loader, with all that is its own."""
    with closing(plain_connection()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_user WHERE usename = %s", (LOADER,))
        if cursor.fetchall():
            cursor.execute(f"DROP OWNED BY {LOADER}; DROP USER {LOADER}")


def clients_of_moto(block: RedshiftBlock) -> Clients:
    """Return clients that ask moto for every service; those of a block itself ask only S3 elsewhere than AWS."""
    options = {"region_name": block.region, "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    made = SessionClients(block.slug, block.credentials.get_boto3_session, options)
    keep_beside_moto(made("s3"))
    return made


class EmulatedCluster(RedshiftCluster):
    """A cluster that moto makes and the local warehouse plays."""

    _block_type_name = "Emulated Cluster"
    _block_type_slug = "emulated-cluster"

    def clients(self) -> Clients:
        return clients_of_moto(self)

    def open(self, schema: str | None = None) -> RedshiftWarehouse:
        return replace(super().open(schema), dial=dial)


class Workgroup(Serverless):
    """A workgroup, since moto has none."""

    def endpoint(self) -> Endpoint:
        return Endpoint("sparkify.123456789012.eu-west-1.redshift-serverless.amazonaws.com", 5439)

    def login(self, *, read_only: bool = False) -> Login:
        return Login("IAM:tester", PASSWORD, datetime.now(UTC) + timedelta(hours=1))


class EmulatedServerless(RedshiftServerless):
    """A workgroup that the local warehouse plays."""

    _block_type_name = "Emulated Serverless"
    _block_type_slug = "emulated-serverless"

    def clients(self) -> Clients:
        return clients_of_moto(self)

    def compute(self, settings: Settings, clients: Clients) -> Workgroup:
        return Workgroup(settings, self._plain(ServerlessSettings), clients)

    def open(self, schema: str | None = None) -> RedshiftWarehouse:
        return replace(super().open(schema), dial=dial)
