"""What the embedded PostgreSQL is told: its settings, which its environment must not change, and where it listens."""

import hashlib
import os
import tempfile
from pathlib import Path

from warehouse.errors import WarehouseUnavailable

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # as all of these, whatever the environment says
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "lc_messages": "C",
    # A failed statement is told to its client; the log has no rows of anybody's.
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
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100  # sun_path holds 107 bytes on Linux and 103 on macOS


def write_settings(file: Path, socket_folder: Path) -> bool:
    """Write the settings as postgresql.conf has them, and tell whether the file had others.

    A file, since pg_ctl hands what it is given on its command line to a shell.
    """
    quoted = str(socket_folder).replace('"', '""')
    settings = SETTINGS | {"unix_socket_directories": f'"{quoted}"'}
    text = "".join(f"{name} = {_configured(value)}\n" for name, value in settings.items())
    had_others = file.exists() and file.read_text() != text
    file.write_text(text)
    return had_others


def _configured(value: str) -> str:
    """Return a string as postgresql.conf has it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n") + "'"


def socket_place(folder: Path) -> Path:
    """Return this folder, or another where its path is too long for a socket or has the comma that parts hosts."""
    name = f"sparkify-{os.geteuid()}-{hashlib.sha256(os.fsencode(folder.parent)).hexdigest()[:12]}"
    places = (folder, Path(tempfile.gettempdir()) / name, Path("/tmp") / name)  # noqa: S108 - private, or refused
    return next(place for place in places if _can_hold_a_socket(place))


def _can_hold_a_socket(place: Path) -> bool:
    return len(os.fsencode(place / SOCKET)) <= SOCKET_PATH_LIMIT and "," not in str(place)


def make_socket_folder(folder: Path) -> Path:
    """Return a private folder for the socket: this one, or one elsewhere.

    Raises:
        WarehouseUnavailable: the one elsewhere is open to others.
    """
    place = socket_place(folder)
    if place != folder:
        place.mkdir(mode=0o700, exist_ok=True)
        status = place.lstat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o077 or place.is_symlink():
            raise WarehouseUnavailable(f"{place} is not a private folder of yours: remove it and try again")
    return place
