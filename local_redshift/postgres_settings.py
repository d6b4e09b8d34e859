"""The settings of the embedded PostgreSQL, which its environment must not change, and where it listens."""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from lake.errors import WarehouseUnavailable
from local_redshift.postgres_programs import give_to_server

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # as all of these, whatever the environment has
    "unix_socket_directories": ".",  # the data folder, whose own path may be too long, or closed to the server
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "lc_messages": "C",
    # The client gets the error of a failed statement; the log has no rows of anybody's.
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "dynamic_shared_memory_type": "mmap",  # files: /dev/shm has 64 MB in a container, and a hash table may have more
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
    "default_statistics_target": "30",  # 9,000 rows are as good a sample as 30,000, and are read after every batch
}
ACCESS_FILE = "pg_hba.conf"
ACCESS = "local all sparkify_analyst scram-sha-256\nlocal all all trust\n"
"""Who has to prove who he is: who reaches the socket may be anybody, but for the analyst, who comes through a relay."""
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100  # sun_path holds 107 bytes on Linux and 103 on macOS


def write_settings(file: Path) -> bool:
    """Write the settings as postgresql.conf has them, and return whether the file had others.

    A file, since pg_ctl hands what it is given on its command line to a shell.
    """
    return _write(file, "".join(f"{name} = {_configured(value)}\n" for name, value in SETTINGS.items()))


def write_access(file: Path) -> bool:
    """Write who may log in and how, and return whether the file said otherwise."""
    return _write(file, ACCESS)


def _write(file: Path, text: str) -> bool:
    """Replace a file of the server, and return whether it was another; it is not written to.

    Its folder is the server's, who could put a link there.
    """
    was_another = file.exists() and file.read_text() != text
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as draft:
        draft.write(text)
        give_to_server(draft.fileno())
    Path(draft.name).replace(file)
    return was_another


def _configured(value: str) -> str:
    """Return a string as postgresql.conf has it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n") + "'"


def socket_folder(data: Path) -> Path:
    """Return a private folder that the server's socket is found in: its data folder, or one elsewhere with a link.

    Elsewhere where the path is too long for a socket or has the comma that parts hosts. The server needs no path.

    Raises:
        WarehouseUnavailable: the one elsewhere is open to others.
    """
    place = _socket_place(data)
    if place != data:
        place.mkdir(mode=0o700, exist_ok=True)
        status = place.lstat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o077 or place.is_symlink():
            raise WarehouseUnavailable(f"{place} is not a private folder of yours: remove it and try again")
        link = place / SOCKET
        if not link.is_symlink():
            link.unlink(missing_ok=True)  # the socket of an older version's server
            with suppress(FileExistsError):
                link.symlink_to(data / SOCKET)
    return place


def forget_socket_link(data: Path) -> None:
    """Remove the link to the socket, if there is one."""
    place = _socket_place(data)
    if place != data:
        (place / SOCKET).unlink(missing_ok=True)


def _socket_place(data: Path) -> Path:
    name = f"sparkify-{os.geteuid()}-{hashlib.sha256(os.fsencode(data.parents[1])).hexdigest()[:12]}"
    candidates = (data, Path(tempfile.gettempdir()) / name, Path("/tmp") / name)  # noqa: S108 - private, or refused
    return next(place for place in candidates if _can_hold_a_socket(place))


def _can_hold_a_socket(place: Path) -> bool:
    return len(os.fsencode(place / SOCKET)) <= SOCKET_PATH_LIMIT and "," not in str(place)
