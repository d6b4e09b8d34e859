"""The one who may log in to the embedded PostgreSQL by TCP: the analyst, who has a password and may only read."""

import re
import time
from contextlib import closing, suppress
from pathlib import Path

import psycopg2
import psycopg2.extensions
from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Identifier

from client import libpq
from client.limits import READER_LIMITS
from local_redshift import postgres_server
from local_redshift.errors import ServerStuck
from local_redshift.postgres_database import ANALYST, DATABASE, OWNER
from local_redshift.postgres_home import data_of, socket_of
from local_redshift.postgres_settings import ACCESS_FILE, write_access

Plain = psycopg2.extensions.connection

SETTINGS = READER_LIMITS | {
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "15min",  # a run that alters a table waits for who has read it
}
SESSIONS = 20
"""How many the analyst may have at once, so that runs find room too."""
SHUT_S = 10.0
WANTS_ONE = re.compile("password authentication failed|server requested SASL authentication")


def admit(home: Path, schema: str, password: str) -> None:
    """Start the server of this home if need be, and let the analyst log in with this password, to read the schema.

    Raises:
        HomeUnusable, WarehouseUnavailable: see `postgres_server.open_session`.
        ServerStuck: the server goes on taking everybody for the analyst.
    """
    with closing(postgres_server.open_session(home, Plain)) as owner, owner, owner.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ANALYST,))
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {ANALYST} LOGIN IN ROLE pg_read_all_data")
        # What the server is sent, and keeps, is no password: its sessions and its log could show it.
        verifier = encrypt_password(password, ANALYST, owner, "scram-sha-256")
        cursor.execute(f"ALTER ROLE {ANALYST} CONNECTION LIMIT {SESSIONS} PASSWORD %s", (verifier,))
        for name, value in SETTINGS.items():
            cursor.execute(f"ALTER ROLE {ANALYST} SET {name} TO '{value}'")
        cursor.execute(SQL(f"ALTER ROLE {ANALYST} SET search_path TO {{}}, redshift").format(Identifier(schema)))
        if write_access(data_of(home) / ACCESS_FILE):  # the server of an older version has another
            cursor.execute("SELECT pg_reload_conf()")
        folder = Path(owner.info.host)
    _require_password(folder)


def _require_password(folder: Path) -> None:
    """Wait until the server wants a password of the analyst: it reads its files again when it finds the time.

    Raises:
        ServerStuck: it does not.
    """
    until = time.monotonic() + SHUT_S
    while time.monotonic() < until:
        try:
            libpq.connect(Plain, {"host": str(folder), "user": ANALYST, "dbname": DATABASE}).close()
        except psycopg2.OperationalError as error:
            if WANTS_ONE.search(str(error)):
                return
            raise
        time.sleep(0.05)
    raise ServerStuck("PostgreSQL does not read its pg_hba.conf again, and would take everybody for the analyst")


def dismiss(home: Path) -> None:
    """End all sessions of the analyst, whose statements would run on; a server that has gone has none."""
    folder = socket_of(home)
    with suppress(psycopg2.OperationalError):
        if folder:
            owner = libpq.connect(Plain, {"host": str(folder), "user": OWNER, "dbname": DATABASE})
            with closing(owner), owner, owner.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (ANALYST,))
