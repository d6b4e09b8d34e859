"""Song files that are compacted before COPY: nothing in the star, the ledger or the messages tells of it."""

import json
from pathlib import Path

import pytest

from flows.etl import etl
from tests.flows.lakes import SONG, Lake, read_star
from tests.state import fetch
from tests.variants import often
from warehouse import CopyError, StorageError

pytestmark = pytest.mark.usefixtures("warehouse")

LEDGER = (
    "SELECT url, etag, size_bytes, last_modified, dataset, rows_scanned, rows_loaded, rows_quarantined "
    "FROM loaded_files ORDER BY url"
)
QUARANTINE = (
    'SELECT dataset, url, line_number, column_name, reason_code, reason, "raw" FROM quarantine '
    "ORDER BY url, line_number, reason_code"
)
COPIED_SONGS = """
    SELECT TRIM(file_name) FROM sys_load_detail
    WHERE query_id = (SELECT MAX(query_id) FROM sys_load_history WHERE table_name = 'staging_songs')
    ORDER BY end_time
"""
BATCH = "SELECT status, files, event_rows, song_rows, quarantined_rows FROM batches ORDER BY batch_id DESC LIMIT 1"


def song(**change: object) -> str:
    return json.dumps({**SONG, **change}, ensure_ascii=False)


def url(path: Path) -> str:
    return f"file://{path}"


def copied_songs() -> list[str]:
    """Return what the last COPY of songs read, as the names of the objects."""
    return [str(url).rsplit("/", 1)[-1] for (url,) in fetch(COPIED_SONGS)]


def write_odd_songs(lake: Lake) -> None:
    """Write song files that are valid, each in a way of its own."""
    lake.song(
        "TRB", json.dumps({**SONG, "song_id": "SO2", "title": "Ä\u2028b\\n"}, indent=2, ensure_ascii=False) + "\n"
    )
    lake.song("TRC", song(song_id="SO3") + song(song_id="SO4") + "\n\n\n" + song(song_id="SO5"))
    lake.song("TRD", "\ufeff" + song(song_id="SO6").replace(", ", ",\r\n\t"))
    lake.song("TRE", song(song_id="SO7").replace('"year"', '"year": 2, "year"'))


def write_bad_songs(lake: Lake) -> None:
    """Write song files with a row that COPY refuses, that breaks a rule, or that is no JSON, among good ones."""
    lake.song("TRF", song(song_id="SO8") + "\n" + json.dumps({**SONG, "year": "MCMXCII"}, indent=1))
    lake.song("TRG", "\n\n" + song(song_id="SO9", artist_latitude=91))
    lake.song("TRH", song(song_id="SO10") + '\n{"num_songs": 1,\n')
    lake.song("TRI", song(song_id="SO11"))


def test_compacted_songs_end_in_the_same_star_and_the_same_ledger(lake: Lake) -> None:
    write_odd_songs(lake)
    write_bad_songs(lake)
    etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    plain = (read_star(), fetch(LEDGER), fetch(QUARANTINE), fetch(BATCH))
    etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5, compact_songs=True, full_refresh=True)
    assert (read_star(), fetch(LEDGER), fetch(QUARANTINE), fetch(BATCH)) == plain
    assert len(plain[2]) == 3
    assert copied_songs() == ["songs.compacted-0001.json", "TRH.json"]


def test_the_real_songs_are_the_same_compacted(real_lake: Path) -> None:
    songs = str(real_lake / "song_data")
    etl(songs=songs)
    plain = (read_star(), fetch(LEDGER))
    etl(songs=songs, full_refresh=True, compact_songs=True)
    assert (read_star(), fetch(LEDGER)) == plain
    assert copied_songs() == ["songs.compacted-0001.json"]


@pytest.mark.slow
def test_what_has_been_compacted_is_loaded_once(lake: Lake) -> None:
    lake.song("TRB", song(song_id="SO2"))
    etl(events=lake.events, songs=lake.songs, compact_songs=True)
    assert etl(events=lake.events, songs=lake.songs, compact_songs=True).headline.startswith("nothing new")
    lake.song("TRC", song(song_id="SO3"))
    assert etl(songs=lake.songs, compact_songs=True).headline.startswith("Batch 3: 1 songs loaded")
    assert copied_songs() == ["TRC.json"]


def test_a_file_that_is_large_enough_stays_as_it_is(lake: Lake) -> None:
    lake.song("TRB", song(song_id="SO2"))
    lake.song("TRC", song(song_id="SO3") + " " * (1 << 20))
    etl(songs=lake.songs, compact_songs=True)
    assert copied_songs() == ["songs.compacted-0001.json", "TRC.json"]


BAD_SONGS = {
    "a value that does not fit": ("\n" + json.dumps({**SONG, "year": "MCMXCII"}, indent=1), 'line 13, column "year"'),
    "no JSON": (song() + "\n{", "line 2: Invalid JSON"),
    "no object": (song() + "\n[1]", "line 2, column"),
    "nothing": ("", "is empty"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", often(BAD_SONGS, ["a value that does not fit"], pytest.mark.slow))
def test_a_bad_song_is_named_by_the_file_and_line_that_it_came_in(lake: Lake, fault: str) -> None:
    text, place = BAD_SONGS[fault]
    lake.song("TRA", song(song_id="SO0"))
    bad = lake.song("TRB", text)
    lake.song("TRC", song(song_id="SO3"))
    messages = []
    for compact_songs in (False, True):
        with pytest.raises((CopyError, StorageError)) as failure:
            etl(songs=lake.songs, compact_songs=compact_songs)
        messages.append(str(failure.value))
    assert messages[0] == messages[1]
    assert f"{url(bad)} {place}" in messages[1]
    assert copied_songs()[0] == "songs.compacted-0001.json"
    assert fetch("SELECT COUNT(*) FROM loaded_files") == [(0,)]
