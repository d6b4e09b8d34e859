"""What is told of files and lines that COPY cannot load: all of them, of both datasets, whichever fails first."""

import bz2
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from prefect import flow

from lake.compression import MAGIC_BYTES
from lake.finding import prefixes
from lake.object_store import StoredObject
from tasks.discover.discovery import Manifest, write_manifest
from tasks.provision.provisioning import provision
from tasks.stage.changes import require_unchanged
from tasks.stage.sessions import Sessions
from tasks.stage.staging import stage, stage_in_parallel
from tests.flows.lakes import Lake
from tests.state import fetch
from warehouse import StorageError, Store, WarehouseError, open_warehouse
from warehouse.local import LocalWarehouse

pytestmark = pytest.mark.usefixtures("warehouse")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@flow
def staging(manifests: Sequence[Manifest]) -> None:
    stage_in_parallel(open_warehouse("local"), manifests)


def manifests_of(lake: Lake, *missing: Path) -> list[Manifest]:
    """Write the manifests of a lake from which some files vanish after they were listed."""
    provision.fn(open_warehouse("local"))
    made = [Manifest(dataset, f"file://{lake.folder}/{dataset}.manifest", ()) for dataset in ("events", "songs")]
    for at, url in enumerate((lake.events, lake.songs)):
        made[at] = replace(made[at], files=tuple(Store().list(f"file://{url}/")))
        write_manifest(Store(), made[at])
    for file in missing:
        file.unlink()
    return made


def failure(manifests: Sequence[Manifest]) -> WarehouseError:
    with pytest.raises(WarehouseError) as raised:
        staging(manifests)
    return raised.value


def test_all_files_that_cannot_be_read_are_named_and_the_bad_lines_of_the_other_dataset(lake: Lake) -> None:
    logs = [lake.log(f"2018-11-{day}", {}) for day in (12, 13, 14)]
    song = lake.song("TRB", {"year": "x"})
    failed = failure(manifests_of(lake, *logs[:2]))
    assert (type(failed), str(failed).splitlines()) == (
        StorageError,
        [
            "2 files cannot be read:",
            *(f"- {log} does not exist" for log in logs[:2]),
            f"file://{song} line 1, column \"year\": 'x': Invalid digit, Value 'x', Pos 0, Type: Integer (code 1207). "
            "Correct the file and run again; nothing was loaded",
        ],
    )


def test_files_of_every_compression_are_told(lake: Lake) -> None:
    log = lake.log("2018-11-12", {"userId": "x"})
    cut = []
    for day, suffix, compress in ((13, ".gz", gzip.compress), (14, ".bz2", bz2.compress)):
        plain = lake.log(f"2018-11-{day}", {})
        cut.append(plain.with_name(plain.name + suffix))
        cut[-1].write_bytes(compress(plain.read_bytes())[:-12])
        plain.unlink()
    failed = failure(manifests_of(lake))
    lines = str(failed).splitlines()
    assert isinstance(failed, StorageError)
    assert [line.split(" ")[0] for line in lines] == [f"file://{file}" for file in (*cut, log)]
    assert fetch("SELECT COUNT(*) FROM staging_events") == [(0,)]


def test_both_datasets_are_told_where_both_fail(lake: Lake) -> None:
    log, song = lake.log("2018-11-12", {}), lake.song("TRB", {})
    failed = failure(manifests_of(lake, log, song))
    assert str(failed).splitlines() == [f"{log} does not exist", f"{song} does not exist"]


@dataclass(frozen=True)
class Busy(Store):
    """A lake whose files somebody replaces, and deletes, after they were listed."""

    replaced: tuple[Path, ...] = ()
    deleted: tuple[Path, ...] = ()

    def list(self, url: str) -> Iterator[StoredObject]:
        for file in self.replaced:
            file.write_text(file.read_text() + "\n")
        for file in self.deleted:
            file.unlink(missing_ok=True)
        return super().list(url)


def test_all_files_that_change_while_they_are_loaded_are_named(lake: Lake) -> None:
    first, second, _ = (lake.log(f"2018-11-{day}", {}) for day in (12, 13, 14))
    files = tuple(Store().list(f"file://{lake.events}/"))
    with pytest.raises(StorageError) as failure:
        require_unchanged(Busy(replaced=(first,), deleted=(second,)), files)
    assert str(failure.value).splitlines() == [
        "2 files were changed while they were loaded:",
        f"- file://{first} was replaced while it was loaded; nothing is published: run again",
        f"- file://{second} was deleted while it was loaded; nothing is published: run again",
    ]


@pytest.mark.parametrize("depth", [1, 3])
def test_many_files_are_listed_by_a_hundred_folders_at_most(depth: int) -> None:
    folders = ["/".join((f"{number % 13}", f"{number}", "x")[:depth]) for number in range(300)]
    listed = [*prefixes([f"s3://lake/{folder}/{number}.json" for number, folder in enumerate(folders)])]
    assert len(listed) == 13
    assert all(any(f"s3://lake/{folder}/".startswith(prefix) for prefix in listed) for folder in folders)


@dataclass(frozen=True)
class Counted(Store):
    """A lake that counts the bytes that are read of it."""

    read_bytes: list[int] = field(default_factory=list)

    def open(self, url: str) -> BinaryIO:
        return cast("BinaryIO", CountedStream(super().open(url), self.read_bytes))


class CountedStream(io.BufferedReader):
    """A file whose bytes are counted as they are read."""

    def __init__(self, stream: BinaryIO, read_bytes: list[int]) -> None:
        super().__init__(cast("io.RawIOBase", stream))
        self.read_bytes = read_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.read_bytes.append(len(data))
        return data


@dataclass(frozen=True)
class CountedWarehouse(LocalWarehouse):
    """The local warehouse, beside a lake that counts what is read of it; COPY reads it by itself."""

    store: Counted = field(default_factory=Counted)  # type: ignore[misc]


def test_no_data_passes_through_the_worker_but_the_first_bytes_of_each_file(lake: Lake) -> None:
    for day in range(10, 13):
        lake.log(f"2018-11-{day}", *({"itemInSession": number} for number in range(300)))
    lake.song("TRB", {})
    warehouse, manifests = CountedWarehouse("sparkify"), manifests_of(lake)
    for each in manifests:
        staged = stage.fn(warehouse, each, Sessions())
        assert None not in staged.rows_scanned.values()
    assert fetch("SELECT (SELECT COUNT(*) FROM staging_events), (SELECT COUNT(*) FROM staging_songs)") == [(900, 1)]
    assert sum(warehouse.store.read_bytes) <= 4 * MAGIC_BYTES
