"""Run the embedded PostgreSQL: start it on demand, find it again, stop it.

The server listens on a Unix socket in a private folder and on no network address. It outlives the process that
started it, and the next process finds it by its `postmaster.pid`. Nothing of the environment reaches it, and it has no
privileges.
"""

import os
import re
import shutil
import signal
import time
from contextlib import closing, nullcontext, suppress
from pathlib import Path

import psutil
import psycopg2
import psycopg2.extensions

from client import libpq
from lake.errors import WarehouseUnavailable
from lake.folders import make_writable, why
from local_redshift import postgres_log
from local_redshift.errors import HomeUnusable, ServerStuck
from local_redshift.postgres_database import DATABASE, OWNER, is_current, make_database, make_emulator
from local_redshift.postgres_home import (
    data_of,
    exclusive,
    folder_of,
    has_lost_its_data,
    log_of,
    record_of,
    socket_of,
    status,
)
from local_redshift.postgres_process import find_server, forget_stale_files, is_running, remember
from local_redshift.postgres_programs import POSTGRES_VERSION, give_to_server, run
from local_redshift.postgres_settings import ACCESS_FILE, forget_socket_link, write_access, write_settings

Plain = psycopg2.extensions.connection

GONE = "server closed the connection unexpectedly"
RECOVERING = re.compile(
    "the database system is (in recovery mode|starting up|not yet accepting connections)"
    f"|{GONE}|because of crash of another server process"
)
RECOVERY_S = 120.0
ORPHANS_S = 10.0
STOPPING_S = 10.0
STOP_S = 60.0
IF_IT_LASTS = "if that lasts, stop the server"
STARTS_ALLOWED = 5
ORPHANS = re.compile("shared memory block|lock file")  # those of a killed server may hold its memory for a moment


def start(home: Path) -> Path:
    """Make sure the server of this home runs, and return the folder of its socket.

    Raises:
        HomeUnusable, ServerStuck, WarehouseUnavailable: see `open_session`.
    """
    with closing(open_session(home, Plain)) as connection:
        return Path(connection.info.host)


def open_session(home: Path, connection_class: type[libpq.Connection], user: str = OWNER) -> libpq.Connection:
    """Open a connection to the server of this home, which is started or brought up to this version if need be.

    Raises:
        HomeUnusable: the folder cannot be written.
        ServerStuck: it runs and cannot be reached.
        WarehouseUnavailable: PostgreSQL does not start.
    """
    postgres_log.trim(log_of(home))
    if session := _session_with_current(home, connection_class, user):
        return session
    try:
        make_writable(home)
    except OSError as error:
        raise HomeUnusable(home, why(home, error)) from error
    with exclusive(home):
        if session := _session_with_current(home, connection_class, user):
            return session
        if _settled(home) is None:
            forget_stale_files(data_of(home))
            _initialise(home)
            _launch(home)
        folder = _prepare(home)
    return connect(folder, connection_class, user)


def _session_with_current(home: Path, connection_class: type[libpq.Connection], user: str) -> libpq.Connection | None:
    """Open a connection to a server that takes some and has what this version makes, if there is one."""
    folder = socket_of(home)
    with suppress(psycopg2.OperationalError):
        if folder:
            session = connect(folder, connection_class, user)
            if is_current(session):
                return session
            session.close()
    return None


def crash_report(home: Path) -> str:
    """Return why the server of this home has gone, as far as its log and folder show, and where its log is."""
    if has_lost_its_data(home):
        return f"its data folder {data_of(home)} was moved or removed while it ran"
    return postgres_log.crash_report(log_of(home))


def stop(home: Path) -> int | None:
    """Stop the server of this home and return its process id, or None if none runs; open transactions are rolled back.

    Raises:
        WarehouseUnavailable: it is another user's, or does not end.
    """
    if _server(home) is None:
        return None
    with exclusive(home) if folder_of(home).is_dir() else nullcontext():
        server = _server(home)
        if server is not None:
            _find(home)  # waits for one that recovers from a crash: told to stop before, it never ends
            _end(home, server)
            forget_socket_link(data_of(home))
        return server and server.pid


def _end(home: Path, server: psutil.Process) -> None:
    """End a server: in order, or at once where there is no data to leave in order."""
    named = f"PostgreSQL (process {server.pid}) of {home}"
    try:
        server.send_signal(signal.SIGQUIT if has_lost_its_data(home) else signal.SIGINT)
    except psutil.AccessDenied as error:
        raise WarehouseUnavailable(f"{named} is another user's ({server.username()}), who has to stop it") from error
    except psutil.NoSuchProcess:
        return
    deadline = time.monotonic() + STOP_S
    while is_running(server):
        if time.monotonic() > deadline:
            raise WarehouseUnavailable(f"{named} has not ended after {STOP_S:.0f} s; its log is {log_of(home)}")
        time.sleep(0.05)


def _server(home: Path) -> psutil.Process | None:
    return find_server(data_of(home), record_of(home))


def _find(home: Path) -> Path | None:
    """Return the folder where a server listens that takes connections; None if there is none, or it takes none."""
    folder = socket_of(home)
    with suppress(psycopg2.OperationalError):
        if folder:
            connect(folder, Plain).close()
            return folder
    return None


def _settled(home: Path) -> psutil.Process | None:
    """Return the server of this home if one runs, once it neither starts nor stops.

    Raises:
        ServerStuck: it has lost its data, or is stopping and waits for its sessions, maybe one of ours.
    """
    began = time.monotonic()
    while server := _server(home):
        if has_lost_its_data(home):
            raise ServerStuck(
                f"PostgreSQL (process {server.pid}) runs for {home}, and its data folder {data_of(home)} was moved or "
                "removed: move it back, or stop the server"
            )
        waited_s = time.monotonic() - began
        if status(home) == "stopping" and waited_s > STOPPING_S:
            raise ServerStuck(
                f"{_described(home)} and is stopping, but waits for its sessions to end: end them and run again, or "
                "stop the server"
            )
        # What is left of a killed server lives on for a moment, and its files say that it is ready.
        if (_find(home) if waited_s < ORPHANS_S else socket_of(home)) or waited_s > RECOVERY_S:
            break
        time.sleep(0.1)
    return server


def connect(
    folder: Path, connection_class: type[libpq.Connection], user: str = OWNER, database: str = DATABASE
) -> libpq.Connection:
    """Open a connection to the server that listens in this folder; one that recovers from a crash is waited for."""
    deadline = time.monotonic() + RECOVERY_S
    while True:
        try:
            return libpq.connect(connection_class, {"host": str(folder), "user": user, "dbname": database})
        except psycopg2.OperationalError as error:
            if not RECOVERING.search(str(error)) or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _initialise(home: Path) -> None:
    data, version = data_of(home), data_of(home) / "PG_VERSION"
    if version.exists():
        found = version.read_text().strip()
        if found != POSTGRES_VERSION:
            raise WarehouseUnavailable(
                f"{data} was made by PostgreSQL {found}, this is {POSTGRES_VERSION}: move the folder away"
            )
        return
    shutil.rmtree(data, ignore_errors=True)  # what an interrupted initdb left
    data.mkdir(mode=0o700)
    give_to_server(data)
    options = ("-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions", "--no-sync")
    run("initdb", data, log_of(home), *options)
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write("include 'sparkify.conf'\n")


def _launch(home: Path) -> None:
    if write_settings(data_of(home) / "sparkify.conf"):
        os.truncate(log_of(home), 0)  # other settings may have let people's data into it
    write_access(data_of(home) / ACCESS_FILE)
    for attempt in range(1, STARTS_ALLOWED + 1):
        try:
            run("pg_ctl", data_of(home), log_of(home), "--wait", "--silent", "start")
        except WarehouseUnavailable as error:
            if _settled(home):  # it took longer than pg_ctl waits
                return
            if attempt == STARTS_ALLOWED or not ORPHANS.search(str(error)):
                raise
            time.sleep(attempt)
        else:
            remember(data_of(home), record_of(home))
            return


def _prepare(home: Path) -> Path:
    """Make sure that the database and all that the emulator needs are there, and return the folder of the socket."""
    folder = socket_of(home)
    if folder is None:
        raise ServerStuck(f"{_described(home)} and does not get ready; {crash_report(home)}; {IF_IT_LASTS}")
    try:
        with closing(connect(folder, Plain, database="postgres")) as connection:
            make_database(connection)
        with closing(connect(folder, Plain)) as connection:
            make_emulator(connection)
    except psycopg2.OperationalError as error:
        reason = str(error).partition("\n")[0]
        raise ServerStuck(f"{_described(home)} and cannot be reached: {reason}; {IF_IT_LASTS}") from error
    return folder


def _described(home: Path) -> str:
    server = _server(home)
    return f"PostgreSQL{f' (process {server.pid})' if server else ''} runs for {home}"
