"""What can be told to be wrong with a command before anything starts: no server, no database, no slow import.

The flows check the same for themselves, since they are started in other ways too.
"""

import re
from argparse import Namespace
from pathlib import Path

from lake.folders import closed_folder, file_in_the_way
from lake.locations import SAY_WHERE_NOW, lake_url, require_files, require_no_lake
from lake.object_store import Store
from warehouse import StorageError, unknown_warehouse
from warehouse.names import BLOCK_NAME


def require_good_usage(options: Namespace) -> None:
    """Check what was given on the command line, as far as this machine knows without starting anything.

    Raises:
        WarehouseError: there can be no such warehouse, or no such lake.
        OSError: what `--out` names cannot be written.
    """
    warehouse = getattr(options, "warehouse", "local")
    if warehouse != "local" and not re.fullmatch(BLOCK_NAME, warehouse):
        raise unknown_warehouse(warehouse)
    if options.command == "etl":
        _require_lakes(options)
    elif options.command == "sample":
        _require_open(options.out, options.out)
        require_no_lake(options.out)
    elif options.command == "insights" and options.out:
        _require_file(options.out)


def _require_lakes(options: Namespace) -> None:
    store = Store(has_folders=options.warehouse == "local")
    for dataset, location in (("events", options.events), ("songs", options.songs)):
        if location is not None:
            require_files(store, dataset, lake_url(dataset, location))
    if options.moved_from is not None:
        old = lake_url("moved-from", options.moved_from)
        if options.warehouse == "local" and options.events is None and options.songs is None:
            raise StorageError(f"--moved-from {old}/: {SAY_WHERE_NOW}")


def _require_file(out: Path) -> None:
    if out.expanduser().is_dir():
        raise IsADirectoryError(f"--out {out} is a folder: name a file, such as {out / 'report.html'}")
    _require_open(out, out.expanduser().parent)


def _require_open(out: Path, folder: Path) -> None:
    """Check that files can be written to a folder, or to one that can be made."""
    try:
        folder = folder.absolute()
    except FileNotFoundError as error:
        raise OSError(
            f"--out {out} is relative, and the working directory was deleted: name an absolute path"
        ) from error
    if file := file_in_the_way(folder):
        raise NotADirectoryError(f"--out {out}: {file} is a file, not a folder")
    if closed := closed_folder(folder):
        raise PermissionError(f"--out {out}: nothing can be written to {closed}")
