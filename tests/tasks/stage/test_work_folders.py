"""What runs write for COPY goes once they have published, or after a week; that it stays fails no run."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest
from prefect import flow

from client.limits import DAYS_KEPT
from tasks.batch import Batch
from tasks.stage.work_folders import clear_work_folders, delete_all_work_folders, delete_work_folders
from warehouse import StorageError, Store
from warehouse.local import LocalWarehouse

NOW = datetime(2018, 12, 1)


@dataclass(frozen=True)
class WorkPlace(LocalWarehouse):
    """The local warehouse with a work folder of the test's own."""

    folder: Path

    @property
    def work_url(self) -> str:
        return f"file://{self.folder}/"


class LockedStore(Store):
    """A store that deletes nothing."""

    def delete(self, url: str) -> None:
        raise StorageError(f"cannot delete {url}: it is locked")


@dataclass(frozen=True)
class LockedPlace(WorkPlace):
    """A work folder from which nothing can be deleted."""

    store: ClassVar[Store] = LockedStore()


def write(folder: Path, name: str, days_ago: int) -> None:
    path = folder / name / "events.manifest.json"
    path.parent.mkdir(parents=True)
    path.touch()
    then = (NOW.replace(tzinfo=UTC) - timedelta(days=days_ago)).timestamp()
    os.utime(path, (then, then))


def test_the_folders_of_this_run_and_of_old_ones_go(tmp_path: Path) -> None:
    mine, old, recent = (str(uuid4()) for _ in range(3))
    for name, days_ago in ((mine, 0), (old, DAYS_KEPT + 1), (recent, DAYS_KEPT - 1), ("data-docs", 99)):
        write(tmp_path, name, days_ago)
    delete_work_folders.fn(WorkPlace("sparkify", tmp_path), Batch(1, NOW, f"file://{tmp_path}/{mine}/"))
    assert {path.name for path in tmp_path.iterdir()} == {recent, "data-docs"}


def test_all_folders_of_runs_go_and_nothing_else(tmp_path: Path) -> None:
    for name, days_ago in ((str(uuid4()), 0), (str(uuid4()), 5), ("data-docs", 99)):
        write(tmp_path, name, days_ago)
    delete_all_work_folders.fn(WorkPlace("sparkify", tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"data-docs"}


def test_where_no_run_has_written_there_is_nothing_to_delete(tmp_path: Path) -> None:
    delete_all_work_folders.fn(WorkPlace("sparkify", tmp_path / "none"))


@pytest.mark.usefixtures("prefect_server")
def test_a_folder_that_cannot_be_deleted_fails_nothing(tmp_path: Path) -> None:
    mine = str(uuid4())
    write(tmp_path, mine, 0)
    place, batch = LockedPlace("sparkify", tmp_path), Batch(1, NOW, f"file://{tmp_path}/{mine}/")
    flow(name="clear")(lambda: clear_work_folders(place, batch))()
    assert (tmp_path / mine).is_dir()
