"""Folders that state or results go to: where they are, and whether anything can be written there."""

import os
import tempfile
from pathlib import Path

from warehouse.errors import WarehouseUnavailable

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
        folder.mkdir(parents=True, exist_ok=True)
        _write_something(folder)
    except OSError as error:
        raise cannot_be_used(variable, folder, why(folder, error)) from error


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
