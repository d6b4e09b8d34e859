"""The loader owns the schema, the reader may read its tables and nothing else; the administrator makes both."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import psycopg2.extensions
import pytest
from psycopg2.sql import Composable

from local_redshift import postgres_server
from tests.warehouse.redshift.account import CLUSTER, SERVERLESS, SETTINGS
from warehouse import WarehouseConnection
from warehouse.home import home
from warehouse.local import LocalConnection
from warehouse.redshift.admission import admit
from warehouse.redshift.cluster import Cluster
from warehouse.redshift.compute import Clients, Compute, Endpoint, Login
from warehouse.redshift.connection import Parameters
from warehouse.redshift.ownership import Resource
from warehouse.redshift.serverless import Serverless
from warehouse.redshift.warehouse import RedshiftWarehouse

CLIENTS = cast(Clients, None)
LATER = datetime(2099, 1, 1, tzinfo=UTC)


class AwakeCluster(Cluster):
    """A cluster that is there already."""

    def endpoint(self) -> Endpoint:
        return Endpoint("here", 5439)

    def administrator(self) -> Login:
        return Login("admin", "secret", LATER)


class Workgroup(Serverless):
    """A workgroup that is there already."""

    def endpoint(self) -> Endpoint:
        return Endpoint("here", 5439)

    def login(self, *, read_only: bool = False) -> Login:
        return Login("IAMR:runner", "temporary", LATER)

    def administrator(self) -> Login:
        return Login("admin", "secret", LATER)


@dataclass
class Wire:
    """What is dialled and sent; a question is answered by the first of these whose words are in it, else by a row."""

    answers: dict[str, str] = field(default_factory=dict)
    dialled: list[tuple[object, object]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    nobody: ClassVar[str] = "SELECT 1 WHERE FALSE"

    def dial(self, given: Parameters) -> WarehouseConnection:
        self.dialled.append((given["user"], given["password"]))
        wire = self

        class Cursor(psycopg2.extensions.cursor):
            def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
                text = self.mogrify(query, vars).decode()
                if not text.startswith("SELECT"):
                    wire.sent.append(text)
                    return
                known = {**wire.answers, "pg_tables": wire.nobody, "": "SELECT 'loader', 'admin'"}
                super().execute(next(answer for words, answer in known.items() if words in text))

        connection = postgres_server.open_session(home(), LocalConnection)
        connection.home = home()
        connection.cursor_factory = Cursor
        return connection


def admitted(wire: Wire, compute: Compute) -> list[Resource]:
    return admit(RedshiftWarehouse(SETTINGS, "sys", CLIENTS, compute, wire.dial), ["users", "songs"])


def test_the_administrator_makes_users_and_schema_on_a_cluster_that_has_no_schema() -> None:
    wire = Wire({"pg_user": Wire.nobody, "pg_namespace": Wire.nobody})
    assert admitted(wire, AwakeCluster(SETTINGS, CLUSTER, CLIENTS)) == [
        Resource("database user", "sparkify_loader", "created", "loads schema sparkify"),
        Resource("database user", "sparkify_reader", "created", "reads schema sparkify"),
    ]
    assert wire.dialled == [("admin", "secret")]
    assert wire.sent == [
        'CREATE USER "sparkify_loader" PASSWORD DISABLE',
        'CREATE USER "sparkify_reader" PASSWORD DISABLE',
        'CREATE SCHEMA "sparkify" AUTHORIZATION "sparkify_loader"',
        'GRANT USAGE ON SCHEMA "sparkify" TO "sparkify_reader"',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "sparkify" TO "sparkify_reader"',
        'ALTER DEFAULT PRIVILEGES FOR USER "sparkify_loader" IN SCHEMA "sparkify" '
        'GRANT SELECT ON TABLES TO "sparkify_reader"',
        'GRANT TEMP ON DATABASE "sparkify" TO "sparkify_loader"',
    ]


def test_on_serverless_the_loader_is_who_provisions_and_the_reader_is_a_role() -> None:
    wire = Wire({"svv_roles": Wire.nobody, "pg_namespace": "SELECT 'IAMR:runner', 'admin'"})
    assert admitted(wire, Workgroup(SETTINGS, SERVERLESS, CLIENTS)) == [
        Resource("database user", "IAMR:runner", "found", "loads schema sparkify"),
        Resource("database role", "sparkify_reader", "created", "reads schema sparkify"),
    ]
    assert wire.sent == [
        'CREATE ROLE "sparkify_reader"',
        'GRANT USAGE ON SCHEMA "sparkify" TO ROLE "sparkify_reader"',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "sparkify" TO ROLE "sparkify_reader"',
        'ALTER DEFAULT PRIVILEGES FOR USER "IAMR:runner" IN SCHEMA "sparkify" '
        'GRANT SELECT ON TABLES TO ROLE "sparkify_reader"',
        'GRANT TEMP ON DATABASE "sparkify" TO "IAMR:runner"',
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ]


def test_a_schema_of_somebody_else_stays_theirs() -> None:
    wire = Wire({"pg_namespace": "SELECT 'theirs', 'admin'"})
    assert {each.state for each in admitted(wire, AwakeCluster(SETTINGS, CLUSTER, CLIENTS))} == {"found"}
    assert wire.sent[0] == 'GRANT CREATE, USAGE ON SCHEMA "sparkify" TO "sparkify_loader"'


class OnPostgres(psycopg2.extensions.cursor):
    """Runs what Redshift is sent on PostgreSQL, with users that no other test has."""

    def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
        text = self.mogrify(query, vars).decode()
        super().execute(renamed(text.replace("PASSWORD DISABLE", "PASSWORD NULL")))


def renamed(text: str) -> str:
    return text.replace("sparkify_loader", "test_loader").replace("sparkify_reader", "test_reader")


@pytest.fixture
def upgraded(connection: WarehouseConnection, schema: str) -> Iterator[list[Resource]]:
    """What comes of it where older code made schema and tables as the administrator, who has a table of its own."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE users (a INT); CREATE TABLE theirs (a INT); INSERT INTO users VALUES (7)")
    connection.commit()

    def dial(_: Parameters) -> WarehouseConnection:
        dialled = postgres_server.open_session(home(), LocalConnection)
        dialled.home = home()
        dialled.cursor_factory = OnPostgres
        return dialled

    settings = replace(SETTINGS, schema_name=schema)
    warehouse = RedshiftWarehouse(settings, "stl", CLIENTS, AwakeCluster(settings, CLUSTER, CLIENTS), dial)
    yield [each for _ in range(2) for each in admit(warehouse, ["users", "songs"])]
    for user in ("test_reader", "test_loader"):
        try_as(
            "sparkify", schema, f"REASSIGN OWNED BY {user} TO sparkify", f"DROP OWNED BY {user}", f"DROP USER {user}"
        )


def try_as(user: str, schema: str, *statements: str) -> list[tuple[Any, ...]]:
    """Log in as a user, run statements, and return the rows of the last."""
    opened = postgres_server.open_session(home(), psycopg2.extensions.connection, user=user)
    with closing(opened), opened, opened.cursor() as cursor:
        cursor.execute(f"SET search_path TO {schema}")
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def test_an_older_warehouse_is_handed_over_and_a_reader_only_reads(upgraded: list[Resource], schema: str) -> None:
    assert [each.state for each in upgraded] == ["created", "created", "found", "found"]
    owners = f"SELECT tablename, tableowner FROM pg_tables WHERE schemaname = '{schema}' ORDER BY 1"
    assert try_as("sparkify", schema, owners) == [("theirs", "sparkify"), ("users", "test_loader")]
    try_as("sparkify", schema, "GRANT pg_read_all_data TO test_loader")  # the emulator is asked about every definition
    try_as("test_loader", schema, "ALTER TABLE users ADD COLUMN b INT", "CREATE TABLE songs (a INT)")
    for table in ("users", "songs", "theirs"):
        try_as("test_reader", schema, f"SELECT * FROM {table}")
    for attack in (
        "DROP TABLE users",
        "INSERT INTO users VALUES (1)",
        "DELETE FROM songs",
        "CREATE TABLE mine (a INT)",
        "CREATE TABLE public.mine (a INT)",
        "CREATE SCHEMA mine",
        "CREATE USER mine",
        "ALTER USER test_reader CREATEDB",
        "SET SESSION AUTHORIZATION test_loader",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            try_as("test_reader", schema, attack)
    for attack in ("CREATE SCHEMA mine", "CREATE USER mine", "ALTER USER test_loader CREATEDB"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            try_as("test_loader", schema, attack)
    try_as("test_loader", schema, "DROP TABLE songs")
