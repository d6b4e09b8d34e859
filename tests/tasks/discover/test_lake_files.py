"""A lake's files from discovery to staging: what COPY cannot read is named, rows are counted file by file."""

import bz2
import gzip
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.logging import disable_run_logger

from tasks.batch import Batch
from tasks.discover.discovery import discover, source
from tasks.provision.provisioning import provision
from tasks.stage.sessions import Sessions
from tasks.stage.staging import Staged, stage
from tests.flows.lakes import EVENT
from tests.state import fetch, forget_everything
from warehouse import StorageError, open_warehouse

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROW = json.dumps(EVENT).encode() + b"\n"
BAD = json.dumps({**EVENT, "level": "premium"}).encode() + b"\n"
COMPRESS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "zst": zstd.compress}


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Path]:
    """An empty folder for logs, an empty warehouse, and no run that logs."""
    forget_everything()
    provision.fn(open_warehouse("local"))
    (tmp_path / "log_data").mkdir()
    with disable_run_logger():
        yield tmp_path / "log_data"


def stage_logs(lake: Path) -> Staged:
    """Stage the logs of a lake as the flow does."""
    warehouse = open_warehouse("local")
    batch = Batch(1, datetime.now(UTC).replace(tzinfo=None), f"file://{lake.parent}/work/")
    events, _ = discover.fn(warehouse, batch, [source("events", str(lake))], full_refresh=False)
    return stage.fn(warehouse, events, Sessions())


def rows(staged: Staged, lake: Path) -> dict[str, int | None]:
    """Return how many rows were counted of each file."""
    return {url.removeprefix(f"file://{lake}/"): count for url, count in staged.rows_scanned.items()}


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("begins_with_a_bad_line", [False, True])
def test_a_file_that_is_cut_is_named_and_nothing_of_it_is_loaded(
    lake: Path, suffix: str, begins_with_a_bad_line: bool
) -> None:
    (lake / "a.json").write_bytes(ROW)
    (lake / f"b.json.{suffix}").write_bytes(COMPRESS[suffix](BAD * begins_with_a_bad_line + ROW))
    (lake / f"c.json.{suffix}").write_bytes(COMPRESS[suffix](ROW * 100)[:-3])
    with pytest.raises(StorageError, match=rf"^file://{lake}/c\.json\.{suffix} cannot be read as \w+: .* ended before"):
        stage_logs(lake)
    assert fetch("SELECT COUNT(*) FROM staging_events") == [(0,)]


def test_a_bad_line_of_a_compressed_file_is_named_with_its_place(lake: Path) -> None:
    (lake / "a.json").write_bytes(ROW)
    (lake / "b.json.gz").write_bytes(gzip.compress(ROW + b"\n" + BAD))
    refused = [(each.url, each.line_number, each.column_name, each.value) for each in stage_logs(lake).load_errors]
    assert refused == [(f"file://{lake}/b.json.gz", 3, "level", "premium")]


@pytest.mark.parametrize("name", ["a.json.gz", "a.json.zst"])
@pytest.mark.parametrize("data", ["nothing", "nothing, packed", "a blank, packed"])
def test_a_compressed_file_without_rows_is_named_as_empty(lake: Path, name: str, data: str) -> None:
    compress = COMPRESS[name.rsplit(".", 1)[-1]]
    (lake / name).write_bytes({"nothing": b"", "nothing, packed": compress(b"")}.get(data, compress(b"\n")))
    assert stage_logs(lake).empty == [f"file://{lake}/{name}"]


@pytest.mark.parametrize("letter", ["x", "é"])
def test_rows_are_counted_file_by_file_where_the_load_history_cuts_their_names(lake: Path, letter: str) -> None:
    folders = [lake / f"{number}{letter * (120 // len(letter.encode()))}" for number in range(3)]
    for number, folder in enumerate(folders, start=1):
        file = folder / folder.name / (folder.name + ".json")
        file.parent.mkdir(parents=True)
        file.write_bytes(ROW * number)
    assert list(rows(stage_logs(lake), lake).values()) == [1, 2, 3]


def test_a_blank_at_the_end_of_a_name_is_part_of_it(lake: Path) -> None:
    (lake / "a.json ").write_bytes(ROW)
    assert rows(stage_logs(lake), lake) == {"a.json ": 1}


def test_names_that_the_load_history_cannot_tell_apart_are_refused_before_copy(lake: Path) -> None:
    folder = lake / ("x" * 200) / ("y" * 200)
    folder.mkdir(parents=True)
    for name in ("a.json", "b.json"):
        (folder / name).write_bytes(ROW)
    with pytest.raises(StorageError, match=f"^file://{folder}/a.json and file://{folder}/b.json have the same"):
        stage_logs(lake)


def test_markers_of_folders_are_passed_over_and_other_files_named(lake: Path) -> None:
    (lake / "a.json").write_bytes(ROW)
    for name in ("2018_$folder$", "_SUCCESS", ".a.json.crc"):
        (lake / name).touch()
    assert rows(stage_logs(lake), lake) == {"a.json": 1}
    (lake / "2018_$folder$").write_bytes(b"{}")
    (lake / "a.json.bak").write_bytes(ROW)
    with pytest.raises(StorageError, match=rf"^2 files .*: file://{lake}/2018_\$folder\$, file://{lake}/a\.json\.bak;"):
        stage_logs(lake)
    assert rows(stage_logs(lake / "a.json.bak"), lake) == {"a.json.bak": 1}


def test_a_lake_of_the_other_dataset_is_recognised_compressed_too(lake: Path) -> None:
    (lake / "a.json.gz").write_bytes(gzip.compress(b'{"song_id": "S", "artist_id": "A", "title": "T"}'))
    with pytest.raises(StorageError, match=f"file://{lake}/a.json.gz holds songs, not events"):
        stage_logs(lake)
