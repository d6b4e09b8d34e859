"""The sample lake: what a local run loads when it is given no lake of its own."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.simulation import LakeSpec, LakeSummary, write_lake
from warehouse.local import home


@task(name="write sample lake", task_run_name="write sample lake", cache_policy=NO_CACHE)
def write_sample_lake(out: Path, spec: LakeSpec) -> LakeSummary:
    """Write a synthetic lake into a folder that holds none yet.

    Raises:
        FileExistsError: the folder holds a lake already.
        ValueError: a number in `spec` that makes no sense.
    """
    return write_lake(out, spec)


def sample_lake() -> tuple[str, str]:
    """Return where the logs and the songs of this machine's sample lake lie, writing them the first time."""
    folder = home() / "lake"
    if not (folder / "log_data").is_dir():
        write_sample_lake(folder, LakeSpec())
    return str(folder / "log_data"), str(folder / "song_data")
