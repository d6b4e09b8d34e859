"""How a connection is opened: with which login, against which certificates, and how often it is tried."""

import ssl
from datetime import UTC, datetime, timedelta

import certifi
import psycopg2
import pytest

from warehouse import WarehouseConnection, WarehouseUnavailable
from warehouse.redshift.compute import Endpoint, Login
from warehouse.redshift.connection import Logins, Parameters, parameters, reach

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GIVEN = parameters(Endpoint("host", 5439), Login("IAM:me", "canary", NOON), "sparkify", "verify-full")


class Hourly:
    """A compute whose logins are good for an hour."""

    def __init__(self) -> None:
        self.now = NOON
        self.given = 0

    def endpoint(self) -> Endpoint:
        return Endpoint("host", 5439)

    def login(self, *, read_only: bool = False) -> Login:
        self.given += 1
        return Login("IAM:reader" if read_only else "IAM:me", f"password {self.given}", self.now + timedelta(hours=1))


@pytest.mark.parametrize(("seconds", "password"), [(0, 1), (3539, 1), (3540, 2), (7200, 2)])
def test_a_login_is_renewed_a_minute_before_it_expires(seconds: int, password: int) -> None:
    compute = Hourly()
    logins = Logins(compute, lambda: compute.now)
    logins.current()
    compute.now += timedelta(seconds=seconds)
    assert logins.current().password == f"password {password}"


def test_a_reader_has_a_login_of_its_own() -> None:
    logins = Logins(compute := Hourly(), lambda: NOON)
    users = [logins.current(read_only=read_only).user for read_only in (False, True, False, True)]
    assert (users, compute.given) == (["IAM:me", "IAM:reader"] * 2, 2)


class Server:
    """Something to dial: it fails in these ways, one call after the other, and then answers."""

    def __init__(self, connection: WarehouseConnection, *failures: str) -> None:
        self._connection = connection
        self._failures = list(failures)
        self.waits: list[float] = []

    def dial(self, _given: Parameters) -> WarehouseConnection:
        if self._failures:
            raise psycopg2.OperationalError(self._failures.pop(0))
        return self._connection


def test_a_bad_moment_is_waited_out(connection: WarehouseConnection) -> None:
    server = Server(connection, "timeout expired", "server closed the connection unexpectedly")
    assert reach(server.dial, GIVEN, "redshift-cluster/prod", server.waits.append) is connection
    assert server.waits == [1.0, 4.0]


def test_a_server_that_does_not_answer_is_named_with_the_remedy(connection: WarehouseConnection) -> None:
    server = Server(connection, *["timeout expired"] * 9)
    with pytest.raises(WarehouseUnavailable) as failure:
        reach(server.dial, GIVEN, "redshift-cluster/prod", server.waits.append)
    assert str(failure.value) == (
        "cannot connect to host:5439 as IAM:me: timeout expired; "
        "check that its security group admits this machine (the block's allowed CIDR)"
    )
    assert server.waits == [1.0, 4.0]


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (
            'FATAL:  password authentication failed for user "IAM:me"',
            "run: sparkify provision --warehouse redshift-cluster/prod",
        ),
        ("SSL error: certificate verify failed", "check that no proxy stands between"),
        ('server certificate for "x" does not match host name "host"', "check that no proxy stands between"),
        (
            'FATAL:  database "sparkify" does not exist',
            "check the block's database; if it or the user is not made yet, run: sparkify provision --warehouse r",
        ),
        ("FATAL:  no pg_hba.conf entry for host", "check the block's TLS mode"),
    ],
)
def test_a_refusal_is_not_tried_again(connection: WarehouseConnection, said: str, remedy: str) -> None:
    server = Server(connection, said)
    with pytest.raises(WarehouseUnavailable) as failure:
        reach(server.dial, GIVEN, "redshift-cluster/prod", server.waits.append)
    assert said in str(failure.value)
    assert remedy in str(failure.value)
    assert server.waits == []


def test_the_certificates_hold_the_roots_that_redshift_is_verified_against() -> None:
    roots = ssl.create_default_context(cafile=certifi.where()).get_ca_certs()
    names = {str(part[0][1]) for root in roots for part in root["subject"] if part[0][0] == "commonName"}
    wanted = {f"Amazon Root CA {number}" for number in (1, 2, 3, 4)}
    assert wanted | {"Starfield Services Root Certificate Authority - G2"} <= names
