"""The folders that a command keeps its state in: named once, and checked before anything starts."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from lake.errors import WarehouseUnavailable
from lake.folders import close_to_others, make_private, named_folder, require_writable
from lake.printable import printable
from warehouse.home import FOLDERS, require_home

SPARKIFYS = re.compile("|".join(FOLDERS))
PREFECTS = re.compile(
    r"prefect\.db.*|(profiles|memo_store)\.toml|(server|services)\.pid|logging\.yml"
    r"|storage|concurrency_leases|dlq|\.sdk_telemetry"
)
"""What is kept in each home."""


@contextmanager
def closed_to_others(options: Mapping[str, object]) -> Iterator[None]:
    """Let nobody else read what a command writes, but for what --out names, which follows the person's umask."""
    before = os.umask(0o077)
    if options.get("out"):
        os.umask(before)
    try:
        yield
    finally:
        os.umask(before)


def use_homes(command: str, options: Mapping[str, object]) -> None:
    """Name SPARKIFY_HOME and PREFECT_HOME by absolute paths, and check what the command will need of this machine.

    Raises:
        WarehouseUnavailable: SPARKIFY_HOME or PREFECT_HOME cannot be used, or there is no HOME.
        FileNotFoundError: the working directory was deleted.
    """
    _name_absolutely()
    _close_homes()
    warehouse = options.get("warehouse")
    if command in ("sql", "status") and warehouse == "local":
        return  # a PostgreSQL that runs already can be queried on a full disk too; one that starts checks for itself
    if command == "serve":
        require_home()
        return
    named_folder("HOME", "")  # Prefect looks for it as soon as it is imported
    _require_working_directory()
    if warehouse == "local" or command == "ui" or (command == "insights" and not options["out"]):
        require_home()
    _require_prefect_home()


def _name_absolutely() -> None:
    """Let all that a command starts find the same folders, wherever it works."""
    if os.environ.get("SPARKIFY_HOME"):
        os.environ["SPARKIFY_HOME"] = str(named_folder("SPARKIFY_HOME", ""))
    if os.environ.get("PREFECT_HOME"):
        os.environ["PREFECT_HOME"] = str(Path(os.environ["PREFECT_HOME"]).expanduser())  # as Prefect does
        folder = named_folder("PREFECT_HOME", "")
        os.environ["PREFECT_HOME"] = str(folder)
        with suppress(OSError):  # Prefect itself makes only the last part of its path
            make_private(folder)


def _close_homes() -> None:
    """Close homes that are open to others, such as those of older versions, and log that."""
    homes = (("SPARKIFY_HOME", ".sparkify", SPARKIFYS), ("PREFECT_HOME", ".prefect", PREFECTS))
    for variable, below_home, ours in homes:
        with suppress(WarehouseUnavailable):  # whoever needs the folder reports it
            for path in close_to_others(named_folder(variable, below_home), ours.fullmatch):
                sys.stderr.write(
                    f"{printable(str(path))} was open to other users of this machine: it is closed to them now\n"
                )


def _require_working_directory() -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise FileNotFoundError("the working directory was deleted: change to one that is there") from error


def _require_prefect_home() -> None:
    """Check PREFECT_HOME, unless other settings of Prefect may name another folder, or a server that needs none."""
    folder = named_folder("PREFECT_HOME", ".prefect")
    files = [folder / "profiles.toml", Path("prefect.toml"), Path(".env")]
    names = ("PREFECT_API_URL", "PREFECT_PROFILES_PATH")
    if not any(map(os.environ.get, names)) and not any(map(os.path.isfile, files)):
        require_writable("PREFECT_HOME", folder)
