"""The user of the runs may create the schema; the administrator says so, once."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import psycopg2.extensions
import pytest
from psycopg2.sql import Composable

from tests.warehouse.redshift.account import SERVERLESS, SETTINGS
from warehouse import WarehouseConnection, postgres_server
from warehouse.local import LocalConnection, home
from warehouse.redshift.admission import admit
from warehouse.redshift.compute import Clients, Endpoint, Login
from warehouse.redshift.connection import Parameters
from warehouse.redshift.ownership import Resource
from warehouse.redshift.serverless import Serverless
from warehouse.redshift.warehouse import RedshiftWarehouse

LATER = datetime(2099, 1, 1, tzinfo=UTC)
ANSWERS = {"no such user": "SELECT 1 WHERE FALSE", "may not create": "SELECT FALSE", "may create": "SELECT TRUE"}
CREATE_USER = 'CREATE USER "IAMR:loader" PASSWORD DISABLE'
GRANT = 'GRANT CREATE ON DATABASE "sparkify" TO "IAMR:loader"'


class Workgroup(Serverless):
    """A workgroup that is there already."""

    def endpoint(self) -> Endpoint:
        return Endpoint("here", 5439)

    def login(self) -> Login:
        return Login("IAMR:loader", "temporary", LATER)

    def administrator(self) -> Login:
        return Login("admin", "secret", LATER)


@dataclass
class Wire:
    """What is dialled and sent; a question about the user has the answer given here."""

    answer: str
    dialled: list[tuple[object, object]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def dial(self, given: Parameters) -> WarehouseConnection:
        self.dialled.append((given["user"], given["password"]))
        wire = self

        class Cursor(psycopg2.extensions.cursor):
            def execute(self, query: str | bytes | Composable, vars: Any = None) -> None:  # noqa: A002
                text = self.mogrify(query, vars).decode()
                if text.startswith("SELECT"):
                    super().execute(text)  # PostgreSQL takes the question too
                    super().execute(ANSWERS[wire.answer])
                else:
                    wire.sent.append(text)

        connection = postgres_server.connect(postgres_server.start(home()), LocalConnection)
        connection.cursor_factory = Cursor
        return connection


@pytest.mark.parametrize(
    ("answer", "state", "sent"),
    [
        ("no such user", "created", [CREATE_USER, GRANT]),
        ("may not create", "changed", [GRANT]),
        ("may create", "found", []),
    ],
)
def test_the_administrator_grants_what_is_missing(answer: str, state: Any, sent: list[str]) -> None:
    wire, clients = Wire(answer), cast(Clients, None)
    workgroup = Workgroup(SETTINGS, SERVERLESS, clients)
    warehouse = RedshiftWarehouse(SETTINGS, "sys", clients, workgroup, wire.dial)
    assert admit(warehouse) == Resource("database user", "IAMR:loader", state, "may create the schema")
    assert wire.dialled == [("admin", "secret")]
    assert wire.sent == sent
