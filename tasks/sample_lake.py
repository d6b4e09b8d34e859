"""The sample lake: what a local run loads when it is given no lake of its own."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lake.folders import make_private
from sql.datasets import DATASETS
from tasks.steps import step
from warehouse.home import home

OWN_LAKE = "sparkify etl --replace-sample --events URL --songs URL"
SAMPLE_DATA = f"sample data, which is invented; for a lake of your own instead: {OWN_LAKE}"

if TYPE_CHECKING:
    from sample_lake.simulation import LakeSpec, LakeSummary


@step("write sample lake")
def write_sample_lake(out: Path, spec: "LakeSpec") -> "LakeSummary":
    """Write a synthetic lake into a folder that holds none yet.

    Raises:
        FileExistsError: the folder holds a lake already.
        ValueError: a number in `spec` that makes no sense.
    """
    from sample_lake.simulation import write_lake  # noqa: PLC0415 - needs polars, which few runs do

    return write_lake(out, spec)


def sample_lake() -> dict[str, str]:
    """Return the folder of each dataset of this machine's sample lake, which is written the first time."""
    if not is_sample_lake_written():
        from sample_lake.simulation import LakeSpec  # noqa: PLC0415 - needs polars, which few runs do

        make_private(_folder())
        write_sample_lake(_folder(), LakeSpec())
    folders = {name: _folder() / dataset.folder for name, dataset in DATASETS.items()}
    return {name: str(folder) for name, folder in folders.items() if folder.is_dir()}


def is_sample_lake_written() -> bool:
    """Return whether this machine has a sample lake already."""
    return any((_folder() / dataset.folder).is_dir() for dataset in DATASETS.values())


def are_sample(urls: Iterable[str]) -> bool:
    """Return whether what these URLs name is the sample lake and nothing else."""
    return all(map(is_of_sample_lake, named := list(urls))) and bool(named)


def is_of_sample_lake(url: str) -> bool:
    """Return whether a URL is in this machine's sample lake."""
    return url.startswith(f"file://{_folder().resolve()}/")


def _folder() -> Path:
    return home() / "lake"
