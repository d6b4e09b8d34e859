"""`sparkify serve`: the local warehouse for other programs of this machine, which speak PostgreSQL's protocol.

They log in as the analyst, who may only read, with a password in a private file; it stays the same from one time to the
next, so that saved connections go on working. PostgreSQL itself belongs to no command: runs may load meanwhile.
"""

import asyncio
import secrets
import signal
import socket
import sys
from pathlib import Path
from urllib.parse import quote

from cli.kept_secret import kept_secret
from cli.prefect_server import HOST, listen_where
from cli.printing import show, starting
from cli.ui import ENDING
from lake.folders import make_private
from warehouse import DEFAULT_SCHEMA
from warehouse.home import home
from warehouse.local import ANALYST, DATABASE, admit_analyst, dismiss_analyst, relay_to_local

USUAL_PORT = 5439
"""Redshift's own."""
PASSWORD_FILE = "analyst.pgpass"  # noqa: S105


def serve(port: int | None) -> None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP; without a port, Redshift's usual one, or a free one where that is taken.

    Raises:
        OSError: the port is taken.
        WarehouseUnavailable: the warehouse cannot be started.
    """
    make_private(home())
    file = home() / PASSWORD_FILE
    with listen_where(port, USUAL_PORT) as listener:
        with starting("sparkify serve"):
            admit_analyst(DEFAULT_SCHEMA, _password(file))
        for line in _told(listener.getsockname()[1], file):
            show(line)
        sys.stdout.flush()
        asyncio.run(_relay_until_told(listener))
    dismiss_analyst()
    show("ended, with the sessions of other programs; to stop the warehouse too: sparkify stop")


async def _relay_until_told(listener: socket.socket) -> None:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(*_: object) -> None:
        for number in ENDING:  # whoever asks twice must not leave half of it behind
            signal.signal(number, signal.SIG_IGN)
        loop.call_soon_threadsafe(ended.set)

    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup makes SIGHUP
            signal.signal(number, end)
    await relay_to_local(listener, ended)


def _password(file: Path) -> str:
    """Return the password that the file has as libpq reads it, host:port:database:user:password."""
    entry = f"{HOST}:*:{DATABASE}:{ANALYST}:"
    kept = kept_secret(file, lambda: f"{entry}{secrets.token_urlsafe(32)}")
    if not kept.startswith(entry):
        raise ValueError(f"{file} is not as sparkify serve writes it: delete it, for a new password")
    return kept.removeprefix(entry)


def _told(port: int, file: Path) -> list[str]:
    """Return what to tell whoever wants to connect; the password itself is not shown."""
    passfile, at = quote(str(file)), f"{ANALYST}@{HOST}:{port}/{DATABASE}"
    return [
        f"The local warehouse, to read: postgresql://{at}?passfile={passfile}",
        f'psql:              psql "postgresql://{at}?passfile={passfile}"',
        f'SQLAlchemy:        create_engine("postgresql+psycopg2://{at}?passfile={passfile}")',
        f"DBeaver, Metabase: PostgreSQL, host {HOST}, port {port}, database {DATABASE}, user {ANALYST};"
        f" the password is the end of {file}, after the last colon",
        "They speak PostgreSQL's SQL; sparkify sql and read_frame take Redshift's. Runs may load meanwhile.",
        "Ctrl-C ends it.",
    ]
