"""A lake whose files are compressed, each in a way of its own, ends in the star and the ledger of the plain one."""

import bz2
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.etl import etl
from tests.flows.lakes import SONG, Lake, read_star
from tests.state import fetch, forget_rows

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.usefixtures("warehouse")

Compress = Callable[[bytes], bytes]
LEDGER = "SELECT url, dataset, rows_scanned, rows_loaded, rows_quarantined FROM loaded_files ORDER BY url"
QUARANTINE = (
    'SELECT url, line_number, column_name, reason_code, reason, "raw" FROM quarantine ORDER BY url, line_number'
)

COPIES = (
    "SELECT table_name, COUNT(*) FROM sys_load_history WHERE start_time >= (SELECT MAX(started_at) FROM batches) "
    "AND table_name LIKE 'staging%' GROUP BY table_name ORDER BY table_name"
)


def members(data: bytes) -> bytes:
    """Compress two halves apart, cut within a line."""
    return gzip.compress(data[: len(data) // 2]) + gzip.compress(b"") + gzip.compress(data[len(data) // 2 :])


def pack(path: Path, compress: Compress, suffix: str) -> None:
    """Compress a file in its place, and give it another suffix."""
    data = compress(path.read_bytes())
    path.unlink()
    path.with_name(path.name + suffix).write_bytes(data)


def write_lake(folder: Path, *, packed: bool) -> Lake:
    """Write good and bad rows, in files that are plain, or compressed."""
    lake = Lake(folder)
    ways: list[tuple[Compress, str]] = [(gzip.compress, ".gz"), (bz2.compress, ".BZ2"), (zstd.compress, ".zst")]
    ways += [(members, ".gz"), (gzip.compress, ""), (zstd.compress, ""), (bytes, "")]
    for number, (compress, suffix) in enumerate(ways):
        bad = {"sessionId": number, "itemInSession": 2, "level": "premium"}
        broken = {"sessionId": number, "itemInSession": 3, "gender": "X"}
        log = lake.log(f"2018-11-{10 + number}", {"sessionId": number}, "", bad, {"sessionId": 50 + number}, broken)
        song = lake.song(f"TR{number}", {"song_id": f"SO{number}", "title": f"t{number}"})
        bad_song = lake.song(f"TX{number}", json.dumps({**SONG, "song_id": f"SX{number}", "year": "x"}, indent=1))
        for path in (log, song, bad_song) if packed else ():
            pack(path, compress, suffix)
    return lake


def load(lake: Lake, *, compact_songs: bool = False) -> tuple[object, ...]:
    """Load a lake from nothing, and read star and ledger, without what its files are called."""
    forget_rows()
    etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5, compact_songs=compact_songs)
    ledger = [
        [(str(url).split(".json")[0].removeprefix(f"file://{lake.folder}"), *rest) for url, *rest in fetch(query)]
        for query in (LEDGER, QUARANTINE)
    ]
    return read_star(), *ledger


@pytest.mark.slow
def test_compressed_files_end_in_the_same_star_and_the_same_ledger(tmp_path: Path) -> None:
    plain = load(write_lake(tmp_path / "plain", packed=False))
    lake = write_lake(tmp_path / "packed", packed=True)
    assert load(lake) == plain
    assert fetch(COPIES) == [("staging_events", 4), ("staging_songs", 4)]  # as many as there are compressions
    assert etl(events=lake.events, songs=lake.songs).headline.startswith("nothing new")
    assert load(lake, compact_songs=True) == plain
    assert len(fetch(QUARANTINE)) == 21
