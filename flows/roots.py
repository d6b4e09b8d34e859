"""The folders that the runs of a worker may name: whoever can start a run there must not reach all files of its user.

On the command line and from Python the paths are those of whoever gives them, and any is taken.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from lake.errors import StorageError
from lake.locations import lies_in
from lake.object_store import FILE_SCHEME
from tasks.discover.discovery import Source
from warehouse.home import home

LAKE_ROOTS = "SPARKIFY_LAKE_ROOTS"
"""The variable of a worker's environment that names the folders of its lakes, separated as in PATH."""


def in_worker() -> bool:
    """Return whether this process was started for one run, as workers and containers start them."""
    return bool(os.environ.get("PREFECT__FLOW_RUN_ID"))


def require_known_roots(sources: Iterable[Source]) -> None:
    """Check that a worker's run reads S3, the sample lake, or what is below the folders of SPARKIFY_LAKE_ROOTS.

    Raises:
        StorageError: it names another folder.
    """
    for each in sources:
        if in_worker() and each.url.startswith(FILE_SCHEME):
            path = Path(each.url.removeprefix(FILE_SCHEME))
            # What is no folder may be the beginning of names, as `lake` is of `lake2`.
            is_folder = each.url.endswith("/") or path.is_dir()
            _require_root(each.dataset, path, path if is_folder else path.parent)


def lake_folder(out: Path) -> Path:
    """Return where a sample lake is written; in a worker that must be a folder where its lakes may be.

    Raises:
        StorageError: it does not.
    """
    if in_worker():
        out = _resolved(out)
        _require_root("out", out, out)
    return out


def report_file(out: Path | None) -> Path | None:
    """Return where a report is written; in a worker that is below `reports` of SPARKIFY_HOME, and relative to it.

    Raises:
        StorageError: it is elsewhere.
    """
    if out is None or not in_worker():
        return out
    reports = home() / "reports"
    file = _resolved(out, reports)
    if reports.resolve() not in file.parents:
        raise StorageError(f"out={out}: a worker writes reports below {reports} only; give a name, such as daily.html")
    return file


def _require_root(parameter: str, path: Path, folder: Path) -> None:
    named = [Path(root).expanduser() for root in os.environ.get(LAKE_ROOTS, "").split(os.pathsep) if root]
    roots = [root.resolve() for root in (home() / "lake", *named)]
    if not any(lies_in(str(folder), str(root).rstrip("/")) for root in roots):
        raise StorageError(
            f"{parameter}={path}: a worker takes folders below {', '.join(map(str, roots))} only; "
            f"give s3://bucket/prefix, or name the folder in {LAKE_ROOTS} where the worker starts"
        )


def _resolved(out: Path, folder: Path = Path()) -> Path:
    try:
        return (folder / out.expanduser()).resolve()
    except (OSError, RuntimeError) as error:  # a home that nobody has, a loop of links
        raise StorageError(f"out={out} is no path here: {error}") from error
