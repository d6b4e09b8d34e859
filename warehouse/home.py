"""SPARKIFY_HOME: the folder of all local state, and what is kept in it."""

from pathlib import Path

from lake.folders import cannot_be_used, file_in_the_way, named_folder, require_writable

FOLDERS = ("data-docs", "lake", "logs", "manifests", "postgres", "reports")
"""What runs keep below `home`."""


def home() -> Path:
    """Return the folder of all local state: SPARKIFY_HOME, or `~/.sparkify`.

    Raises:
        WarehouseUnavailable: it is not known; see `named_folder`.
    """
    return named_folder("SPARKIFY_HOME", ".sparkify")


def require_home() -> None:
    """Check that local state can be kept.

    Raises:
        WarehouseUnavailable: files cannot be written to `home`, or a file is where one of its folders belongs.
    """
    require_writable("SPARKIFY_HOME", home())
    for folder in FOLDERS:
        if file := file_in_the_way(home() / folder):
            raise cannot_be_used("SPARKIFY_HOME", home(), f"{file} is not a folder")
