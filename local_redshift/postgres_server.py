"""Run the embedded PostgreSQL: start it on demand, find it again, stop it.

The server listens on a Unix socket in a private folder and on no network address. It outlives the process that
started it, and the next process finds it by its `postmaster.pid`. Nothing of the environment reaches it, and it has no
privileges.

    postgres/        ours: lock, log, and the id of the server's process
    postgres/data/   the server's, who is another user where we are root: its data, its settings, its socket
"""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

import psutil
import psycopg2
import psycopg2.extensions

from client import libpq
from client.limits import READER_LIMITS
from lake.errors import WarehouseUnavailable
from lake.folders import cannot_be_used, make_private, require_writable, why
from local_redshift import postgres_log
from local_redshift.postgres_process import find_server, forget_stale_files, is_running, remember
from local_redshift.postgres_programs import POSTGRES_VERSION, give_to_server, run
from local_redshift.postgres_settings import forget_socket_link, socket_folder, write_settings

DATABASE = "sparkify"
OWNER = "sparkify"
READER = "sparkify_reader"  # may read every table, and nothing else
SYSTEM_TABLES = Path(__file__).with_name("dialect") / "system_tables.sql"
DIALECT = Path(__file__).with_name("dialect") / "dialect.sql"
SCRIPTS = (SYSTEM_TABLES, DIALECT)

GONE = "server closed the connection unexpectedly"
RECOVERING = re.compile(
    "the database system is (in recovery mode|starting up|not yet accepting connections)"
    f"|{GONE}|because of crash of another server process"
)
RECOVERY_S = 120.0
ORPHANS_S = 10.0
STOPPING_S = 10.0
STOP_S = 60.0
IF_IT_LASTS = "if that lasts, run: sparkify stop"
STARTS_ALLOWED = 5
ORPHANS = re.compile("shared memory block|lock file")  # those of a killed server may hold its memory for a moment


def start(home: Path) -> Path:
    """Make sure the server of this home runs, and return the folder of its socket.

    Raises:
        WarehouseUnavailable: the folder cannot be written, PostgreSQL does not start, or it runs and cannot be reached.
    """
    postgres_log.trim(_log(home))
    running = _find(home)
    if running and _is_current(running):
        return running
    require_writable("SPARKIFY_HOME", home)
    with _exclusive(home):
        running = _find(home)
        if running and _is_current(running):
            return running
        if _settled(home) is None:
            forget_stale_files(_data(home))
            _initialise(home)
            _launch(home)
        return _prepare(home)


def _is_current(folder: Path) -> bool:
    """Tell whether the server has what this version's scripts make; it may have been started by an older one."""
    with closing(connect(folder, psycopg2.extensions.connection)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT OBJ_DESCRIPTION(TO_REGNAMESPACE('redshift'), 'pg_namespace')")
        return cursor.fetchone() == (_digest(),)


def _digest() -> str:
    made = [*(script.read_bytes() for script in SCRIPTS), repr(READER_LIMITS).encode()]
    return hashlib.sha256(b"".join(made)).hexdigest()


def last_words(home: Path) -> str:
    """Say where the server of this home keeps its log, and what the log has of a crash just now."""
    if has_lost_its_data(home):
        return f"its data folder {_data(home)} was moved or removed while it ran"
    return postgres_log.last_words(_log(home))


def has_lost_its_data(home: Path) -> bool:
    """Tell whether the data folder of this home is not there."""
    return not (_data(home) / "PG_VERSION").exists()


def stop(home: Path) -> int | None:
    """Stop the server of this home and return its process id, or None if none runs; open transactions are rolled back.

    Raises:
        WarehouseUnavailable: it is another user's, or does not end.
    """
    if _server(home) is None:
        return None
    with _exclusive(home) if _folder(home).is_dir() else nullcontext():
        server = _server(home)
        if server is not None:
            _find(home)  # waits for one that recovers from a crash: told to stop before, it never ends
            _end(home, server)
            forget_socket_link(_data(home))
        return server and server.pid


def _end(home: Path, server: psutil.Process) -> None:
    """End a server: in order, or at once where there is no data to leave in order."""
    named = f"PostgreSQL (process {server.pid}) of SPARKIFY_HOME={home}"
    try:
        server.send_signal(signal.SIGQUIT if has_lost_its_data(home) else signal.SIGINT)
    except psutil.AccessDenied as error:
        raise WarehouseUnavailable(f"{named} is another user's ({server.username()}), who has to stop it") from error
    except psutil.NoSuchProcess:
        return
    deadline = time.monotonic() + STOP_S
    while is_running(server):
        if time.monotonic() > deadline:
            raise WarehouseUnavailable(f"{named} has not ended after {STOP_S:.0f} s; its log is {_log(home)}")
        time.sleep(0.05)


def _folder(home: Path) -> Path:
    return home / "postgres"


def _data(home: Path) -> Path:
    return _folder(home) / "data"


def _log(home: Path) -> Path:
    return _folder(home) / "log"


def _record(home: Path) -> Path:
    return _folder(home) / "pid"


def _server(home: Path) -> psutil.Process | None:
    return find_server(_data(home), _record(home))


@contextmanager
def _exclusive(home: Path) -> Iterator[None]:
    """Hold the start-up lock of this home, so that two processes do not start two servers."""
    try:
        make_private(_folder(home))
        lock = (_folder(home) / "lock").open("w")
    except OSError as error:
        raise cannot_be_used("SPARKIFY_HOME", home, why(_folder(home), error)) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _pid_file(home: Path) -> tuple[str, str]:
    """Read where the running server listens, and what it is at; empty if it left no pid file or has just begun."""
    try:
        lines = (_data(home) / "postmaster.pid").read_text().splitlines()
    except OSError:
        return "", ""
    return (lines[4], lines[7].strip()) if len(lines) >= 8 else ("", "")


def _socket_folder(home: Path) -> Path | None:
    """Return where the running server is found; None if there is none, or it is not ready."""
    folder, status = _pid_file(home)
    if status != "ready":
        return None
    # The server of an older version listens elsewhere.
    return Path(folder) if Path(folder).is_absolute() else socket_folder(_data(home))


def _find(home: Path) -> Path | None:
    """Return the folder where a server listens that takes connections; None if there is none, or it takes none."""
    folder = _socket_folder(home)
    with suppress(psycopg2.OperationalError):
        if folder:
            connect(folder, psycopg2.extensions.connection).close()
            return folder
    return None


def _settled(home: Path) -> psutil.Process | None:
    """Return the server of this home if one runs, once it neither starts nor stops.

    Raises:
        WarehouseUnavailable: it has lost its data, or is stopping and waits for its sessions, maybe one of ours.
    """
    began = time.monotonic()
    while server := _server(home):
        if has_lost_its_data(home):
            raise WarehouseUnavailable(
                f"PostgreSQL (process {server.pid}) runs for SPARKIFY_HOME={home}, and its data folder {_data(home)} "
                "was moved or removed: move it back, or run: sparkify stop"
            )
        waited_s = time.monotonic() - began
        if _pid_file(home)[1] == "stopping" and waited_s > STOPPING_S:
            raise WarehouseUnavailable(
                f"{_described(home)} and is stopping, but waits for its sessions to end: end them and run again, or "
                "run: sparkify stop"
            )
        # What is left of a killed server lives on for a moment, and its files say that it is ready.
        if (_find(home) if waited_s < ORPHANS_S else _socket_folder(home)) or waited_s > RECOVERY_S:
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
    version = _data(home) / "PG_VERSION"
    if version.exists():
        found = version.read_text().strip()
        if found != POSTGRES_VERSION:
            raise WarehouseUnavailable(
                f"{_data(home)} was made by PostgreSQL {found}, this is {POSTGRES_VERSION}: move the folder away"
            )
        return
    shutil.rmtree(_data(home), ignore_errors=True)  # what an interrupted initdb left
    _data(home).mkdir(mode=0o700)
    give_to_server(_data(home))
    options = ("-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions", "--no-sync")
    run("initdb", _data(home), _log(home), *options)
    with (_data(home) / "postgresql.conf").open("a") as configuration:
        configuration.write("include 'sparkify.conf'\n")


def _launch(home: Path) -> None:
    if write_settings(_data(home) / "sparkify.conf"):
        os.truncate(_log(home), 0)  # other settings may have let people's data into it
    for attempt in range(1, STARTS_ALLOWED + 1):
        try:
            run("pg_ctl", _data(home), _log(home), "--wait", "--silent", "start")
        except WarehouseUnavailable as error:
            if _settled(home):  # it took longer than pg_ctl waits
                return
            if attempt == STARTS_ALLOWED or not ORPHANS.search(str(error)):
                raise
            time.sleep(attempt)
        else:
            remember(_data(home), _record(home))
            return


def _prepare(home: Path) -> Path:
    """Make sure that the database and all that the emulator needs are there, and return the folder of the socket."""
    folder = _socket_folder(home)
    if folder is None:
        raise WarehouseUnavailable(f"{_described(home)} and does not get ready; {last_words(home)}; {IF_IT_LASTS}")
    try:
        _create_database(folder)
    except psycopg2.OperationalError as error:
        reason = str(error).partition("\n")[0]
        raise WarehouseUnavailable(f"{_described(home)} and cannot be reached: {reason}; {IF_IT_LASTS}") from error
    return folder


def _described(home: Path) -> str:
    server = _server(home)
    return f"PostgreSQL{f' (process {server.pid})' if server else ''} runs for SPARKIFY_HOME={home}"


def _create_database(folder: Path) -> None:
    with closing(connect(folder, psycopg2.extensions.connection, database="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if cursor.fetchone() is None:
                # Text sorts by its bytes, as on Redshift, and UPPER and LOWER know every letter.
                cursor.execute(
                    f"CREATE DATABASE {DATABASE} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
                )
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,))
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {READER} LOGIN IN ROLE pg_read_all_data")
            for name, limit in READER_LIMITS.items():
                cursor.execute(f"ALTER ROLE {READER} SET {name} TO '{limit}'")
    with (
        closing(connect(folder, psycopg2.extensions.connection)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        for script in SCRIPTS:
            cursor.execute(script.read_text())
        cursor.execute("COMMENT ON SCHEMA redshift IS %s", (_digest(),))
