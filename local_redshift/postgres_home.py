"""The folders and files of an embedded PostgreSQL below the home that it is given, and the lock on them.

postgres/        ours: lock, log, and the id of the server's process
postgres/data/   the server's, who is another user where we are root: its data, its settings, its socket
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lake.folders import make_private, why
from local_redshift.errors import HomeUnusable
from local_redshift.postgres_settings import socket_folder


def folder_of(home: Path) -> Path:
    """Return the folder of everything that belongs to the server."""
    return home / "postgres"


def data_of(home: Path) -> Path:
    """Return the data folder of the server."""
    return folder_of(home) / "data"


def log_of(home: Path) -> Path:
    """Return the log of the server."""
    return folder_of(home) / "log"


def record_of(home: Path) -> Path:
    """Return the file that keeps the id of the server's process."""
    return folder_of(home) / "pid"


def has_lost_its_data(home: Path) -> bool:
    """Tell whether the data folder of this home is not there."""
    return not (data_of(home) / "PG_VERSION").exists()


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """Hold the start-up lock of this home, so that two processes do not start two servers.

    Raises:
        HomeUnusable: the lock cannot be made.
    """
    try:
        make_private(folder_of(home))
        lock = (folder_of(home) / "lock").open("w")
    except OSError as error:
        raise HomeUnusable(home, why(folder_of(home), error)) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def status(home: Path) -> str:
    """Return the status that the running server reports, such as ready; empty if it reports none."""
    return _pid_file(home)[1]


def socket_of(home: Path) -> Path | None:
    """Return the folder of the running server's socket; None if there is none, or it is not ready."""
    folder, reported = _pid_file(home)
    if reported != "ready":
        return None
    # The server of an older version listens elsewhere.
    return Path(folder) if Path(folder).is_absolute() else socket_folder(data_of(home))


def _pid_file(home: Path) -> tuple[str, str]:
    """Read where the running server listens, and its status; empty if it left no pid file or has just begun."""
    try:
        lines = (data_of(home) / "postmaster.pid").read_text().splitlines()
    except OSError:
        return "", ""
    return (lines[4], lines[7].strip()) if len(lines) >= 8 else ("", "")
