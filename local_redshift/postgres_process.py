"""Find the process of an embedded PostgreSQL, also where its files were moved or removed while it ran.

A process id in a file proves nothing: it may be another program's by now.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

NAME = "postgres"
SOCKET_LOCK = ".s.PGSQL.5432.lock"
ENDED = {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}


def find_server(data: Path, record: Path) -> psutil.Process | None:
    """Return the first process of the server of a data folder, if it runs; `record` is what `remember` wrote."""
    for process in _candidates(data, record):
        if is_running(process):
            return process
    return None


def is_running(process: psutil.Process) -> bool:
    """Tell whether a process is a PostgreSQL that runs."""
    with suppress(psutil.Error):
        return process.is_running() and process.name() == NAME and process.status() not in ENDED
    return False


def remember(data: Path, record: Path) -> None:
    """Write the id of the server that was just started where it is found also after its data was moved away."""
    with suppress(OSError, IndexError):
        record.write_text((data / "postmaster.pid").read_text().splitlines()[0])


def forget_stale_files(data: Path) -> None:
    """Remove the files that a server left which runs no more, and whose id another process has by now.

    PostgreSQL does not start while a process has that id; an id of no process does not stop it.
    """
    for file in (data / "postmaster.pid", data / SOCKET_LOCK):
        if any(_named_in(file)):
            file.unlink()


def _candidates(data: Path, record: Path) -> Iterator[psutil.Process]:
    for process in _named_in(data / "postmaster.pid"):
        if _folder(process) in (None, os.path.realpath(data)):
            yield process
    for process in _named_in(record):
        if process.create_time() < record.stat().st_mtime + 1:  # or it got the id of one that had ended
            yield process
    # The server of a home that was removed has left no file that names it.
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == NAME and _folder(process) == os.path.realpath(data):
            yield _first(process)


def _named_in(file: Path) -> Iterator[psutil.Process]:
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        yield psutil.Process(int(file.read_text().splitlines()[0]))


def _folder(process: psutil.Process) -> str | None:
    """Return the folder that a server works in, which is its data; None where the system does not show it."""
    try:
        return process.cwd() or None
    except psutil.Error:
        return None


def _first(process: psutil.Process) -> psutil.Process:
    """Return the server's first process, of any of its processes."""
    with suppress(psutil.Error):
        parent = process.parent()
        if parent is not None and parent.name() == NAME:
            return parent
    return process
