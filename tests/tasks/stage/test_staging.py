"""What is told of files and lines that COPY cannot load: all of them, of both datasets, whichever fails first."""

import bz2
import gzip
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2.extensions
import pytest
from prefect import flow

from tasks.discover.discovery import Manifest, write_manifest
from tasks.provision.provisioning import provision
from tasks.stage.staging import stage_in_parallel
from tests.flows.lakes import Lake
from tests.state import fetch
from warehouse import ConservationError, StorageError, Store, WarehouseError, connect, open_warehouse

pytestmark = pytest.mark.usefixtures("warehouse")

FORGET_LINES = """
    CREATE FUNCTION pg_temp.forget() RETURNS TRIGGER LANGUAGE plpgsql AS
    'BEGIN NEW.lines_scanned = NEW.lines_scanned - 1; RETURN NEW; END';
    CREATE TRIGGER forget BEFORE INSERT ON redshift._load_files FOR EACH ROW EXECUTE FUNCTION pg_temp.forget();
"""
"""What the load history then knows of each file is one row less than it has."""


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


def test_all_files_with_more_rows_than_were_scanned_are_named(lake: Lake) -> None:
    logs = [lake.log(f"2018-11-{day}", {}, {}) for day in (12, 13)]
    manifests = manifests_of(lake)
    with closing(connect()) as connection:
        with connection, connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
            cursor.execute(FORGET_LINES)
        failed = failure(manifests)
    first, *named = str(failed).splitlines()
    assert (type(failed), first) == (ConservationError, "2 files do not hold what COPY has scanned:")
    holds = "holds 2 JSON objects, but COPY has scanned 1 rows of it"
    assert [line.partition(": was it")[0] for line in named] == [f"- file://{log} {holds}" for log in logs]
    assert fetch("SELECT COUNT(*) FROM staging_events") == [(0,)]
