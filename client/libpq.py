"""Open connections that depend on what they are given alone, and not on libpq's environment, files and defaults.

libpq takes whatever a connection is not given from variables such as PGPORT, and from files in the home folder. So
every parameter that it knows a variable for is given here. It has no parameter for the variables in ENVIRONMENT_ONLY:
where one is set, the C library forgets it while a connection is being opened. `os.environ` never changes.
"""

import os
from threading import Lock
from typing import TypeVar

import psycopg2
import psycopg2.extensions

Connection = TypeVar("Connection", bound=psycopg2.extensions.connection)
Parameters = dict[str, str | int]

DEFAULTS: Parameters = {
    "hostaddr": "",
    "port": 5432,
    "password": "none",  # without one, libpq looks into ~/.pgpass
    "passfile": "",
    "connect_timeout": 0,
    "client_encoding": "utf8",
    "options": "",
    "application_name": "sparkify",
    "target_session_attrs": "any",
    "load_balance_hosts": "disable",
    "require_auth": "",
    "requirepeer": "",
    "channel_binding": "prefer",
    "sslmode": "disable",
    "sslnegotiation": "postgres",
    "sslcompression": 0,
    "sslsni": 1,
    "sslcertmode": "disable",  # or ~/.postgresql/postgresql.crt is sent
    "sslcert": "",
    "sslkey": "",
    "sslrootcert": "",
    "sslcrl": os.devnull,  # or ~/.postgresql/root.crl is obeyed
    "sslcrldir": "",
    "ssl_min_protocol_version": "TLSv1.2",
    "ssl_max_protocol_version": "",
    "gssencmode": "disable",
    "gssdelegation": 0,
    "gsslib": "",
    "krbsrvname": "postgres",
}
"""libpq's own defaults, but for files in the home folder; `host`, `user` and `dbname` are always given."""
ENVIRONMENT_ONLY = ("PGSERVICE", "PGTZ", "PGDATESTYLE", "PGGEQO")


def connect(connection_class: type[Connection], given: Parameters) -> Connection:
    """Open a connection with these parameters, and libpq's own defaults for all others."""
    with _HIDDEN:
        return psycopg2.connect(connection_factory=connection_class, **(DEFAULTS | given))  # type: ignore[call-overload, no-any-return]


class _Hidden:
    """Hides variables from libpq while at least one thread opens a connection."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._threads = 0

    def __enter__(self) -> None:
        with self._lock:
            self._threads += 1
            for name in ENVIRONMENT_ONLY:
                if name in os.environ:
                    os.unsetenv(name)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._threads -= 1
            for name in ENVIRONMENT_ONLY if self._threads == 0 else ():
                if name in os.environ:
                    os.putenv(name, os.environ[name])


_HIDDEN = _Hidden()
