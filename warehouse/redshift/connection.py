"""Connections to Amazon Redshift: encrypted, verified, kept alive, and opened with a login that lasts an hour at most.

The server's certificate is checked against certifi's roots. Redshift's own are issued by AWS Certificate Manager, and
the bundle which AWS offers for them holds the Amazon and Starfield roots, all of which certifi has (Redshift management
guide, connecting-ssl-support).
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

import certifi
import psycopg2

from client import libpq
from lake.errors import WarehouseUnavailable
from warehouse.connection import WarehouseConnection
from warehouse.errors import LoginRefused, in_one_line
from warehouse.redshift.compute import Endpoint, Login, Reachable

Parameters = libpq.Parameters
Dial = Callable[[Parameters], WarehouseConnection]
"""Opens a connection from libpq's parameters."""

WAITS_S = (1.0, 4.0)
EARLY = timedelta(minutes=1)
REFUSED = "authentication failed"
REFUSALS = {
    REFUSED: "the login was not accepted; if the user is not made yet, run: sparkify provision",
    "no pg_hba.conf entry": "the login was not accepted; check the block's TLS mode",
    "certificate": "its certificate cannot be verified; check that no proxy stands between, and the block's TLS mode",
    "does not exist": "check the block's database; if it or the user is not made yet, run: sparkify provision",
}
"""Messages of libpq where a retry is of no use, and what to do about each."""


class RedshiftConnection(WarehouseConnection):
    """A connection to Amazon Redshift."""

    engine = "redshift"


class Logins:
    """The logins of a cluster or a workgroup, each renewed a minute before it expires."""

    def __init__(self, compute: Reachable, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._compute = compute
        self._now = now
        self._lock = Lock()
        self._logins: dict[bool, Login] = {}

    def current(self, *, read_only: bool = False) -> Login:
        """Return a login that is good for a minute at least.

        Raises:
            WarehouseUnavailable: IAM does not let these AWS credentials have one.
        """
        with self._lock:
            login = self._logins.get(read_only)
            if login is None or login.expires_at - EARLY <= self._now():
                login = self._logins[read_only] = self._compute.login(read_only=read_only)
            return login

    def forget(self, login: Login) -> None:
        """Forget a login that the server does not take, though it should be good still."""
        with self._lock:
            self._logins = {read_only: kept for read_only, kept in self._logins.items() if kept is not login}


def parameters(endpoint: Endpoint, login: Login, database: str, tls_mode: str) -> Parameters:
    """Put together what libpq needs to know; keep-alives are those that the Redshift management guide advises."""
    return {
        "host": endpoint.host,
        "port": endpoint.port,
        "dbname": database,
        "user": login.user,
        "password": login.password,
        "sslmode": tls_mode,
        "sslrootcert": certifi.where(),
        "connect_timeout": 30,
        "keepalives": 1,
        "keepalives_idle": 200,
        "keepalives_interval": 200,
        "keepalives_count": 5,
        "application_name": "sparkify",
        "client_encoding": "utf8",
    }


def dial(given: Parameters) -> RedshiftConnection:
    """Open a connection to Amazon Redshift."""
    return libpq.connect(RedshiftConnection, given)


def reach(
    dial: Dial, given: Parameters, warehouse: str, wait: Callable[[float], None] = time.sleep
) -> WarehouseConnection:
    """Open a connection to the warehouse of a name, trying again where there may only have been a bad moment.

    Raises:
        LoginRefused: it refuses the login.
        WarehouseUnavailable: it cannot prove who it is, or does not answer.
    """
    for wait_s in (*WAITS_S, None):
        try:
            return dial(given)
        except psycopg2.OperationalError as error:
            reason = in_one_line(error)
            remedy = next((remedy for words, remedy in REFUSALS.items() if words in reason), None)
            if remedy is None and wait_s is not None:
                wait(wait_s)
                continue
            remedy = remedy or "check that its security group admits this machine (the block's allowed CIDR)"
            remedy += f" --warehouse {warehouse}" if remedy.endswith("sparkify provision") else ""
            place = f"{given['host']}:{given['port']}"
            kind = LoginRefused if REFUSED in reason else WarehouseUnavailable
            raise kind(f"cannot connect to {place} as {given['user']}: {reason}; {remedy}") from error
    raise AssertionError("the last attempt returns or raises")
