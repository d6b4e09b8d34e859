"""What a run makes of files that were replaced, put back or deleted in the lake."""

import logging
import re
import shutil
from pathlib import Path

import pytest

from flows.audit import audit
from flows.etl import etl
from tests.flows.lakes import Lake, read_star
from tests.state import fetch, forget_rows
from warehouse import StorageError

pytestmark = pytest.mark.usefixtures("warehouse")

OTHER_SONG = {
    "song_id": "SOAAAAA12A8C13C481",
    "artist_id": "ARAAAAAAAAAAAAAAAA",
    "artist_name": "Moby",
    "title": "Here",
}


def load(lake: Lake, *, without_missing: bool = False) -> None:
    etl(events=lake.events, songs=lake.songs, without_missing=without_missing)


def assert_as_one_load(lake: Lake) -> None:
    """Check that the star is that of one load of the lake as it is; the warehouse is that load's afterwards."""
    star, rows = read_star(), fetch("SELECT COUNT(*) FROM lake_events")
    audit()
    forget_rows()
    load(lake)
    assert (read_star(), fetch("SELECT COUNT(*) FROM lake_events")) == (star, rows)


CORRECTED_EVENTS: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"level": "paid"}, {"level": "free"}),
    ({"level": "free"}, {"level": "paid"}),
    ({"firstName": "aaa"}, {"firstName": "zzz"}),
    ({"firstName": "zzz"}, {"firstName": "aaa"}),
    ({"ts": 1541990258797}, {"ts": 1541990258796}),
    ({"userId": "10"}, {"userId": "11"}),
    ({"sessionId": 345}, {"sessionId": 346}),
    ({"page": "NextSong"}, {"page": "Home"}),
    ({"page": "Home"}, {"page": "NextSong"}),
    ({"auth": "Logged In", "page": "Home"}, {"auth": "Logged Out", "page": "Home", "userId": ""}),
    ({"song": "Here"}, {"song": "Mercy:The Laundromat"}),
]


def test_a_corrected_log_counts_as_it_is_now(lake: Lake) -> None:
    def load_version(version: int) -> None:
        events: list[dict[str, object]] = []
        for number, changes in enumerate(CORRECTED_EVENTS):
            own: dict[str, object] = {"userId": str(20 + number), "sessionId": 400 + number}
            events.append({**own, "ts": 1541990250000 + number})
            events.append({**own, "ts": 1541990260000 + number, "itemInSession": 1, **changes[version]})
        lake.log("2018-11-13", *events)
        load(lake)

    load_version(0)
    load_version(1)
    assert_as_one_load(lake)


CORRECTED_SONGS: list[dict[str, object]] = [
    {"artist_name": "Pavement!"},
    {"artist_id": "ARAAAAAAAAAAAAAAAA"},
    {"song_id": "SOAAAAA12A8C13C481"},
    {"title": "Mercy"},
    {"duration": 100.5},
    {"year": 0},
    {"artist_location": None},
]


def test_a_corrected_song_counts_as_it_is_now(lake: Lake) -> None:
    own: list[dict[str, object]] = [
        {
            "song_id": f"SOBBBBB12A8C13C48{number}",
            "title": f"Song {number}",
            "artist_id": f"ARBBBBBBBBBBBBBBB{number}",
            "artist_name": f"Artist {number}",
        }
        for number in range(len(CORRECTED_SONGS))
    ]
    plays = [
        {"song": song["title"], "artist": song["artist_name"], "sessionId": 400 + number}
        for number, song in enumerate(own)
    ]
    lake.log("2018-11-13", *plays)
    for number, song in enumerate(own):
        lake.song(f"TRB{number}", song)
    load(lake)
    for number, song in enumerate(own):
        lake.song(f"TRB{number}", {**song, **CORRECTED_SONGS[number]})
    load(lake)
    assert_as_one_load(lake)


def test_the_summary_tells_new_versions_and_what_they_did_to_each_table(lake: Lake) -> None:
    lake.log("2018-11-13", {"itemInSession": 1}, {"itemInSession": 2}, {"userId": "11", "sessionId": 9})
    load(lake)
    lake.log("2018-11-13", {"itemInSession": 1, "level": "paid", "ts": 1541990258799}, {"itemInSession": 3})
    summary = etl(events=lake.events)
    assert re.fullmatch(
        r"Batch 2: 3 events loaded and validated in \d+\.\d s; 1 file in a new version", summary.headline
    )
    assert {each.table: [*each.counts.values()] for each in summary.tables} == {
        "lake_events": [4, 3, 0, 4, 3],  # with the file that was loaded together with it
        "lake_songs": [1, 0, 0, 0, 1],
        "artists": [1, 0, 0, 0, 1],
        "songs": [1, 0, 0, 0, 1],
        "time": [1, 1, 0, 0, 2],
        "users": [2, 0, 1, 1, 1],
        "songplays": [4, 1, 1, 2, 3],
    }
    counts = "SELECT rows_added, rows_changed, rows_removed FROM batch_tables WHERE batch_id = 2"
    assert fetch(f"{counts} AND table_name = 'songplays'") == [(1, 1, 2)]


def test_rows_that_a_new_version_lacks_leave_and_those_of_other_files_stay(lake: Lake) -> None:
    lake.log("2018-11-13", {"itemInSession": 1}, {"itemInSession": 2}, {"userId": "11", "sessionId": 9})
    load(lake)
    lake.log("2018-11-13", {"itemInSession": 2})
    load(lake)
    assert fetch("SELECT session_id, item_in_session FROM songplays ORDER BY 1, 2") == [(345, 0), (345, 2)]
    assert fetch("SELECT user_id FROM users") == [(10,)]
    assert_as_one_load(lake)


def test_a_version_that_is_put_back_counts_again(lake: Lake, tmp_path: Path) -> None:
    log = lake.log("2018-11-13", {"itemInSession": 1, "level": "free"})
    shutil.copy2(log, tmp_path / "original")
    load(lake)
    star = read_star()
    lake.log("2018-11-13", {"itemInSession": 1, "level": "paid", "ts": 1541990258799})
    load(lake)
    assert read_star() != star
    shutil.copy2(tmp_path / "original", log)  # the etag that was seen before
    load(lake)
    assert read_star() == star
    versions = fetch(f"SELECT batch_id, is_current FROM loaded_files WHERE url = 'file://{log}' ORDER BY 1")
    assert versions == [(2, False), (3, True)]
    load(lake)
    assert fetch("SELECT status FROM batches ORDER BY batch_id DESC LIMIT 1") == [("nothing new",)]


def test_a_file_that_vanished_is_named_once_and_its_rows_stay(
    lake: Lake, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.discover.discovery.run_logger", lambda: logging.getLogger("sparkify"))
    log = lake.log("2018-11-13", {"itemInSession": 1})
    load(lake)
    star = read_star()
    log.rename(log.with_suffix(".away"))
    caplog.clear()
    missing = "SELECT url, missing_since IS NOT NULL AS is_missing FROM loaded_files WHERE missing_since IS NOT NULL"
    etl(events=f"{lake.events}/2018-11-12-events.json")
    assert fetch(missing) == []  # it was not looked for
    log.with_suffix(".away").rename(lake.folder / "kept")
    load(lake)
    assert read_star() == star
    assert f"file://{log}" in caplog.text
    assert fetch(missing) == [(f"file://{log}", True)]
    caplog.clear()
    load(lake)
    assert f"file://{log}" not in caplog.text  # told once
    (lake.folder / "kept").rename(log)
    load(lake)
    assert fetch(missing) == []
    assert read_star() == star


def test_a_vanished_file_that_is_needed_again_is_named_with_the_choices(lake: Lake) -> None:
    log = lake.log("2018-11-13", {"itemInSession": 1})
    load(lake)
    star = read_star()
    log.unlink()
    lake.log("2018-11-12", {"level": "paid"})
    with pytest.raises(StorageError) as refused:
        load(lake)
    assert str(refused.value) == (
        f"file://{log} is not in the lake any more, but {lake.events}/2018-11-12-events.json".replace(
            f"but {lake.events}", f"but file://{lake.events}"
        )
        + " was replaced, and they were loaded together (batch 1): bring it back, or give its rows up with "
        "--without-missing"
    )
    assert read_star() == star
    load(lake, without_missing=True)
    assert_as_one_load(lake)


def test_a_correction_stages_what_was_loaded_with_it_and_nothing_else(lake: Lake) -> None:
    lake.log("2018-11-13", {"itemInSession": 1})
    load(lake)
    lake.log("2018-11-14", {"itemInSession": 2})
    lake.song("TRB", OTHER_SONG)
    load(lake)
    lake.log("2018-11-14", {"itemInSession": 2, "level": "paid"})
    load(lake)
    assert fetch("SELECT COUNT(*) FROM staging_events") == [(1,)]
    assert fetch("SELECT COUNT(*) FROM staging_songs") == [(0,)]
    assert fetch("SELECT batch_id, COUNT(*) FROM lake_events GROUP BY batch_id ORDER BY batch_id") == [(1, 2), (3, 1)]
    assert fetch("SELECT batch_id, COUNT(*) FROM lake_songs GROUP BY batch_id ORDER BY batch_id") == [(1, 1), (2, 1)]
    assert_as_one_load(lake)
