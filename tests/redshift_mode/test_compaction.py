"""Compacted songs on Redshift: COPY reads few objects, and every message and book tells of the files."""

import json
from typing import TYPE_CHECKING

import psycopg2.extensions
import pytest

from flows.etl import etl
from tests.redshift_mode.conftest import ONE_OFTEN, CloudLake
from tests.redshift_mode.emulated import WIRE
from tests.state import fetch
from warehouse import ConservationError, CopyError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LEDGER = (
    "SELECT url, rows_scanned, rows_loaded, rows_quarantined FROM loaded_files WHERE dataset = 'songs' ORDER BY url"
)


def read_work(s3: "S3Client", name: str) -> bytes:
    """Read what the run wrote under this name."""
    (key,) = (found["Key"] for found in s3.list_objects_v2(Bucket="work")["Contents"] if found["Key"].endswith(name))
    return s3.get_object(Bucket="work", Key=key)["Body"].read()


def write_songs(cloud: CloudLake) -> list[str]:
    return [cloud.song(f"TRB{number}", {"song_id": f"SOAAAAAAAAAAAAAAA{number}"}) for number in range(5)]


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", ONE_OFTEN)
def test_copy_reads_the_objects_and_the_ledger_has_the_files(cloud: CloudLake, warehouse: str) -> None:
    urls = write_songs(cloud)
    seen: list[bytes] = []

    def look(_: psycopg2.extensions.cursor) -> None:
        (entry,) = json.loads(read_work(cloud.s3, "songs.manifest.json"))["entries"]
        assert entry["url"].startswith("s3://work/sparkify/")
        seen.append(read_work(cloud.s3, entry["url"].rsplit("/", 1)[-1]))

    WIRE.faults.append(("COPY staging_songs", look))
    etl(warehouse=warehouse, compact_songs=True)
    assert fetch(LEDGER) == [(url, 1, 1, 0) for url in sorted([*urls, "s3://lake/song_data/TRAAAAW128F429D538.json"])]
    assert [len(lines.splitlines()) for lines in seen] == [6]


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", ONE_OFTEN)
def test_a_bad_song_is_named_by_its_file_whatever_history_tells(cloud: CloudLake, warehouse: str) -> None:
    write_songs(cloud)
    url = cloud.song("TRB2", {"year": "unknown"})
    with pytest.raises(CopyError) as failure:
        etl(warehouse=warehouse, compact_songs=True)
    assert str(failure.value) == (
        f"{url} line 1, column \"year\": 'unknown': Invalid digit, Value 'u', Pos 0, Type: Integer (code 1207). "
        "Correct the file and run again; nothing was loaded"
    )
    etl(warehouse=warehouse, compact_songs=True, quarantine_budget=0.5)
    assert fetch("SELECT url, line_number, column_name, reason_code FROM quarantine") == [(url, 1, "year", "1207")]
    assert (url, 1, 0, 1) in fetch(LEDGER)


def test_an_object_that_is_not_what_was_written_is_not_loaded(cloud: CloudLake) -> None:
    write_songs(cloud)

    def cut(_: psycopg2.extensions.cursor) -> None:
        (key,) = (
            found["Key"] for found in cloud.s3.list_objects_v2(Bucket="work")["Contents"] if "compacted" in found["Key"]
        )
        content = cloud.s3.get_object(Bucket="work", Key=key)["Body"].read()
        cloud.s3.put_object(Bucket="work", Key=key, Body=content.split(b"\n", 1)[1])

    WIRE.faults.append(("COPY staging_songs", cut))
    with pytest.raises(ConservationError, match=r"compacted-0001\.json: 6 rows were written to it, COPY found 5;"):
        etl(warehouse="emulated-cluster/test", compact_songs=True)
    assert fetch("SELECT COUNT(*) FROM songs") == [(0,)]
