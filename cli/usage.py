"""Checks of a command before anything starts: no server, no database, no slow import.

The flows check the same for themselves, since they are also started without a command.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.output import format_of
from lake.folders import closed_folder, file_in_the_way
from lake.locations import lake_url, require_files, require_no_lake
from lake.max_lag import parse_max_lag
from lake.object_store import Store
from sql.datasets import DATASETS, OPTIONS, SAY_WHERE_NOW
from warehouse import NOT_ON_AWS, StorageError, WarehouseError, unknown_warehouse
from warehouse.names import BLOCK_NAME

ON_AWS = ("pause", "resume", "teardown")
"""The commands that only mean something for a warehouse on AWS."""


def require_good_usage(command: str, options: Mapping[str, Any]) -> None:
    """Check what was given on the command line, as far as this machine knows without starting anything.

    Raises:
        WarehouseError: there can be no such warehouse, or no such lake.
        OSError: what `--out` names cannot be written.
        ValueError: options exclude each other, or one is missing.
    """
    warehouse = options.get("warehouse", "local")
    if warehouse != "local" and not re.fullmatch(BLOCK_NAME, warehouse):
        raise unknown_warehouse(warehouse)
    parse_max_lag(options.get("max_lag"))
    if command == "etl":
        _require_lakes(options)
    elif command == "retract":
        _require_batch_or_files(options)
    elif command == "sql":
        _require_one_of(options)
        _require_one_place(options)
    elif command == "sample":
        _require_open(options["out"], options["out"])
        require_no_lake(options["out"], [dataset.folder for dataset in DATASETS.values()])
    elif command == "insights" and options["out"]:
        _require_file(options["out"], "report.html")
    elif command == "reset" and not options["yes"]:
        raise ValueError("--yes is required: yes, all rows may go")


def require_aws(command: str, options: Mapping[str, Any]) -> None:
    """Refuse for the local warehouse what only means something on AWS.

    Raises:
        WarehouseError: the command is one of those.
    """
    if command in ON_AWS and options["warehouse"] == "local":
        raise WarehouseError(NOT_ON_AWS)


def _require_batch_or_files(options: Mapping[str, Any]) -> None:
    if (options["batch"] is None) == (options["files"] is None):
        raise ValueError("give one of these, which is what to take back: --batch, --files")
    if options["files"] is not None:
        lake_url("files", options["files"])


def _require_one_of(options: Mapping[str, Any]) -> None:
    given = [options["statement"] is not None, options["file"] is not None, options["list"]]
    if sum(given) != 1:
        raise ValueError("give one of these: a statement, @ and the name of a saved question, --file, --list")


def _require_lakes(options: Mapping[str, Any]) -> None:
    if options["add_source"] and options["moved_from"] is not None:
        raise ValueError("--add-source and --moved-from exclude each other: the lake has a further part, or it moved")
    if options["dry_run"] and options["moved_from"] is not None:
        raise ValueError("--dry-run and --moved-from exclude each other: a move is entered in the ledger at once")
    if options["replace_sample"] and not all(options[name] for name in DATASETS):
        raise ValueError(f"--replace-sample needs the other lake: give {' and '.join(OPTIONS)}")
    if options["replace_sample"] and options["dry_run"]:
        raise ValueError("--dry-run and --replace-sample exclude each other: the warehouse is emptied at once")
    store = Store(has_folders=options["warehouse"] == "local")
    given = {name: options[name] for name in DATASETS if options[name] is not None}
    for dataset, location in given.items():
        require_files(store, dataset, lake_url(dataset, location))
    if options["moved_from"] is not None:
        old = lake_url("moved-from", options["moved_from"])
        if options["warehouse"] == "local" and not given:
            raise StorageError(f"--moved-from {old.rstrip('/')}/: {SAY_WHERE_NOW}")


def _require_one_place(options: Mapping[str, Any]) -> None:
    if options["out"] is None:
        return
    if options["pager"]:
        raise ValueError("--out and --pager exclude each other: an answer goes to a file, or to a person")
    if options["format"] is None:
        format_of(options["out"])
    _require_file(options["out"], "answer.csv")
    if not options["out"].expanduser().parent.is_dir():
        raise FileNotFoundError(f"--out {options['out']}: there is no folder {options['out'].parent}")


def _require_file(out: Path, such_as: str) -> None:
    if out.expanduser().is_dir():
        raise IsADirectoryError(f"--out {out} is a folder: name a file, such as {out / such_as}")
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
