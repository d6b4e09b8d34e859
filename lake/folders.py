"""Folders that state or results go to: where they are, whether anything can be written there, and by whom.

What is made here is for its owner alone, whatever the umask: 0700 for folders.
"""

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lake.errors import WarehouseUnavailable

OURS_ALONE = {".sparkify", ".prefect"}
"""The names of folders of state that nobody keeps anything else in."""
PROBE = b"\0" * 4096  # a full disk takes a new file, but nothing into it


def named_folder(variable: str, below_home: str) -> Path:
    """Return the folder that a variable of the environment names, or the one below the person's home; it is absolute.

    Raises:
        WarehouseUnavailable: neither is known: there is no home, or the path is relative to a deleted folder.
    """
    named = os.environ.get(variable)
    try:
        return Path(named or Path.home() / below_home).absolute()
    except RuntimeError as error:
        raise WarehouseUnavailable(
            f"{variable} is not set, and this user has no home folder: set {variable} to a folder you can write"
        ) from error
    except FileNotFoundError as error:
        raise WarehouseUnavailable(
            f"{variable}={named} is relative, and the working directory was deleted: name an absolute path"
        ) from error


def require_writable(variable: str, folder: Path) -> None:
    """Make a folder where there is none yet, and check that files can be written there.

    Raises:
        WarehouseUnavailable: they cannot; the message names the variable, and what is in the way.
    """
    try:
        make_writable(folder)
    except OSError as error:
        raise cannot_be_used(variable, folder, why(folder, error)) from error


def make_writable(folder: Path) -> None:
    """Make a folder where there is none yet, and check that files can be written there.

    Raises:
        OSError: they cannot; see `why`.
    """
    make_private(folder)
    _write_something(folder)


def make_private(folder: Path) -> None:
    """Make a folder that only its owner may enter, and what is missing above it; one that is there stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def close_to_others(folder: Path, is_ours: Callable[[str], object]) -> list[Path]:
    """Close what is open to other users: this folder, or where it holds more than our own, what is ours in it.

    Links are not followed, and nothing is touched that is another user's, or a folder for all such as /tmp. What was
    closed is returned.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    if folder.name in OURS_ALONE or all(map(is_ours, names)):
        return list(filter(_close, [folder]))
    return [folder / name for name in names if is_ours(name) and _close(folder / name)]


def _close(path: Path) -> bool:
    """Take all rights from everybody but the owner, and tell whether they had any."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(descriptor)
            is_kept = stat.S_ISREG(found.st_mode) or (stat.S_ISDIR(found.st_mode) and not found.st_mode & stat.S_ISVTX)
            if is_kept and found.st_uid == os.geteuid() and found.st_mode & 0o077:
                os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & 0o700)
                return True
        finally:
            os.close(descriptor)
    return False


def cannot_be_used(variable: str, folder: Path, reason: str) -> WarehouseUnavailable:
    """Return the error about a folder that files cannot be written to."""
    return WarehouseUnavailable(
        f"{variable}={folder} cannot be used ({reason}): set {variable} to a folder you can write"
    )


def why(folder: Path, error: OSError) -> str:
    """Return the reason why nothing can be written into this folder; a file in the place of a folder is named."""
    file = file_in_the_way(folder)
    return f"{file} is not a folder" if file else error.strerror or str(error)


def file_in_the_way(folder: Path) -> Path | None:
    """Return the part of an absolute path that is there and no folder, if one is."""
    there = _nearest(folder)
    return None if there.is_dir() else there


def closed_folder(folder: Path) -> Path | None:
    """Return the folder in which this one cannot be made, or this one, if it takes no files."""
    there = _nearest(folder)
    try:
        _write_something(there)
    except OSError:
        return there
    return None


def _write_something(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(PROBE)


def _nearest(path: Path) -> Path:
    return next(part for part in (path, *path.parents) if os.path.lexists(part))
