"""What the star holds after runs, whatever the batches were."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from cli.own_lake import leave_sample_lake
from flows.audit import audit
from flows.etl import etl
from flows.insights import insights
from tasks.sample_lake import SAMPLE_DATA
from tests.expectations.rows import fetch as plain
from tests.flows.lakes import STAR_COLUMNS, Lake, read_star
from tests.state import fetch, forget_rows
from warehouse import ConservationError, StorageError, WarehouseError, connect

pytestmark = pytest.mark.usefixtures("warehouse")

REAL_ROWS = {"users": 97, "artists": 69, "songs": 71, "time": 6813, "songplays": 6820}
VERSIONS = "SELECT MIN(batch_id), MAX(batch_id), COUNT(*) FROM songplays"
COPIES = "SELECT COUNT(*) FROM sys_load_history"


def load_all(lake: Path) -> None:
    etl(events=str(lake / "log_data"), songs=str(lake / "song_data"))


def test_a_second_run_changes_nothing_and_copies_nothing(real_lake: Path) -> None:
    load_all(real_lake)
    star, copies, versions = read_star(), fetch(COPIES), fetch(VERSIONS)
    load_all(real_lake)
    assert (read_star(), fetch(COPIES), fetch(VERSIONS)) == (star, copies, versions)
    assert fetch("SELECT status FROM batches ORDER BY batch_id") == [("published",), ("nothing new",)]


@pytest.mark.slow
def test_the_real_days_one_at_a_time_in_reverse_end_in_the_same_star(real_lake: Path) -> None:
    load_all(real_lake)
    at_once = read_star()
    forget_rows()
    for log in sorted((real_lake / "log_data").rglob("*.json"), reverse=True):
        etl(events=str(log))
    etl(songs=str(real_lake / "song_data"))
    assert read_star() == at_once


def row_versions() -> dict[str, set[tuple[object, ...]]]:
    """Which transaction wrote each row of the star, and where it lies: what no rewriting of the same values leaves."""
    with closing(connect(read_only=False)) as connection:
        return {table: set(plain(connection, f"SELECT xmin::text, ctid::text FROM {table}")) for table in STAR_COLUMNS}


def test_a_batch_writes_only_the_rows_that_it_changes(lake: Lake) -> None:
    lake.log("2018-11-13", {"userId": "11", "sessionId": 2}, {"sessionId": 2, "itemInSession": 1, "song": "Other"})
    lake.song("TRB", {"song_id": "SOAAAAA12A8C13C480", "artist_id": "ARAAAAAAAAAAAAAAAA", "title": "Other"})
    etl(events=lake.events, songs=lake.songs)
    before = row_versions()
    lake.log("2018-11-14", {"userId": "12", "sessionId": 3, "ts": 1542990258796})
    etl(events=lake.events, songs=lake.songs)
    after = row_versions()
    assert {table: len(before[table] - after[table]) for table in after} == dict.fromkeys(after, 0)
    written = {table: len(after[table] - before[table]) for table in after}
    assert written == {"users": 1, "artists": 0, "songs": 0, "time": 1, "songplays": 1}


def test_an_old_file_never_turns_a_level_back(lake: Lake) -> None:
    lake.log("2018-11-12", {"ts": 2_000_000_000_000 - 500_000_000_000, "level": "paid"})
    etl(events=lake.events)
    lake.log("2018-11-01", {"ts": 1_400_000_000_000, "level": "free", "sessionId": 1})
    etl(events=lake.events)
    assert fetch("SELECT user_id, level FROM users") == [(10, "paid")]
    assert fetch("SELECT session_id, level FROM songplays ORDER BY 1") == [(1, "free"), (345, "paid")]


def test_of_two_events_in_one_millisecond_the_later_in_the_session_counts(lake: Lake) -> None:
    lake.log("2018-11-12", {"itemInSession": 7, "level": "paid"}, {"itemInSession": 8, "level": "free"})
    etl(events=lake.events)
    assert fetch("SELECT level, last_item_in_session FROM users") == [("free", 8)]


def test_a_user_seen_on_any_page_is_known_and_a_logged_out_one_is_not(lake: Lake) -> None:
    lake.log(
        "2018-11-12",
        {"page": "Help", "song": None, "artist": None, "length": None, "userId": "11"},
        {"page": "Home", "auth": "Logged Out", "userId": "", "song": None, "artist": None, "length": None}
        | {"firstName": None, "lastName": None, "gender": None, "itemInSession": 1},
    )
    etl(events=lake.events)
    assert fetch("SELECT user_id FROM users") == [(11,)]
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]


def test_a_song_that_arrives_after_its_plays_fills_them_in(lake: Lake) -> None:
    etl(events=lake.events)
    assert fetch("SELECT song_id, artist_id, batch_id FROM songplays") == [(None, None, 1)]
    etl(songs=lake.songs)
    assert fetch("SELECT song_id, artist_id, batch_id FROM songplays") == [
        ("SOMZWCG12A8C13C480", "ARD7TVE1187B99BFB1", 2)
    ]


def test_a_play_matches_the_smallest_of_equal_songs_in_whatever_order_they_come(lake: Lake) -> None:
    etl(events=lake.events, songs=lake.songs)
    lake.song("TRB", {"song_id": "SOAAAAA12A8C13C480"})
    lake.song("TRC", {"song_id": "SOZZZZZ12A8C13C480"})
    etl(events=lake.events, songs=lake.songs)
    assert fetch("SELECT song_id FROM songplays") == [("SOAAAAA12A8C13C480",)]


@pytest.mark.parametrize(
    ("of_song", "of_play", "value"),
    [
        ("title", "song", "Mercy: The Laundromat"),
        ("artist_name", "artist", "Pavement!"),
        ("duration", "length", 99.16037),
    ],
)
def test_a_play_matches_a_song_only_by_title_artist_and_duration(
    lake: Lake, of_song: str, of_play: str, value: object
) -> None:
    lake.song("TRAAAAW128F429D538", {of_song: value})
    lake.log("2018-11-12", {}, {"itemInSession": 1, of_play: value})
    etl(events=lake.events, songs=lake.songs)
    assert fetch("SELECT item_in_session, song_id FROM songplays ORDER BY 1") == [(0, None), (1, "SOMZWCG12A8C13C480")]


def test_songs_that_disagree_on_their_artist_give_one_row_in_any_order(lake: Lake) -> None:
    lake.song("TRA", {"song_id": "SOAAAAA12A8C13C480", "artist_name": "Pavement feat. X", "artist_location": ""})
    lake.song("TRB", {"song_id": "SOBBBBB12A8C13C480", "artist_latitude": 36.7, "artist_longitude": -119.4})
    etl(songs=lake.songs)
    at_once = read_star()
    assert at_once["artists"] == [("ARD7TVE1187B99BFB1", "Pavement", "California - LA", 36.7, -119.4)]
    forget_rows()
    for name in ("TRB", "TRA", "TRAAAAW128F429D538"):
        etl(songs=f"{lake.songs}/{name}.json")
    assert read_star() == at_once


def test_of_two_versions_of_a_song_the_same_wins_in_any_order(lake: Lake) -> None:
    lake.song("TRA", {"year": 2001})
    for names in (("TRA", "TRAAAAW128F429D538"), ("TRAAAAW128F429D538", "TRA")):
        forget_rows()
        for name in names:
            etl(songs=f"{lake.songs}/{name}.json")
        assert fetch("SELECT year FROM songs") == [(1992,)]


def test_of_two_versions_of_a_play_the_later_wins_in_any_order(lake: Lake) -> None:
    lake.log("2018-11-13", {"ts": 1542076658796, "level": "paid"})
    for days in ((12, 13), (13, 12)):
        forget_rows()
        for day in days:
            etl(events=f"{lake.events}/2018-11-{day}-events.json")
        assert fetch("SELECT level FROM songplays") == [("paid",)]


def test_a_play_delivered_twice_is_one_row(lake: Lake) -> None:
    lake.log("2018-11-13", {}, {})
    etl(events=lake.events)
    assert fetch("SELECT session_id, item_in_session, MD5('345-0') = songplay_id FROM songplays") == [(345, 0, True)]
    assert fetch("SELECT plays_added_rows, plays_present_rows FROM batches") == [(1, 2)]
    assert fetch("SELECT newest_event_at, ended_at = published_at, reason FROM batches") == [
        (datetime(2018, 11, 12, 2, 37, 38, 796000), True, None)
    ]
    lake.log("2018-11-14", {})
    etl(events=lake.events)
    assert fetch("SELECT batch_id FROM songplays") == [(1,)]
    assert fetch("SELECT plays_added_rows, plays_present_rows FROM batches WHERE batch_id = 2") == [(0, 1)]


def test_unknown_years_and_places_are_null(lake: Lake) -> None:
    lake.song("TRAAAAW128F429D538", {"year": 0, "artist_location": ""})
    etl(songs=lake.songs)
    assert fetch("SELECT year FROM songs") == [(None,)]
    assert fetch("SELECT location FROM artists") == [(None,)]


def test_time_is_taken_apart_as_calendars_do(lake: Lake) -> None:
    lake.log("2018-12-30", {"ts": 1546214399999})
    lake.log("2018-12-31", {"ts": 1546214400000, "sessionId": 2})
    etl(events=lake.events)
    assert fetch("SELECT hour, day, week, month, year, weekday FROM time WHERE month = 12 ORDER BY start_time") == [
        (23, 30, 52, 12, 2018, 0),
        (0, 31, 1, 12, 2018, 1),
    ]


def test_a_full_refresh_forgets_what_left_the_lake(lake: Lake) -> None:
    extra = lake.log("2018-11-13", {"sessionId": 2, "userId": "11"})
    etl(events=lake.events, songs=lake.songs)
    extra.unlink()
    etl(events=lake.events, songs=lake.songs)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(2,)]
    etl(events=lake.events, songs=lake.songs, full_refresh=True)
    assert fetch("SELECT user_id FROM users") == [(10,)]
    assert fetch("SELECT COUNT(*) FROM loaded_files WHERE is_current") == [(2,)]
    assert fetch("SELECT COUNT(*) FROM lake_events") == [(1,)]


@pytest.mark.slow
def test_a_full_refresh_of_a_part_is_refused_and_one_of_all_says_what_was_there(lake: Lake) -> None:
    lake.log("2018-11-13", {"sessionId": 2})
    etl(events=lake.events, songs=lake.songs)
    star = read_star()
    for events, songs in ((lake.events, None), (f"{lake.events}/2018-11-12-events.json", lake.songs)):
        with pytest.raises(StorageError, match="1 file that was loaded is not in events from"):
            etl(events=events, songs=songs, full_refresh=True)
    assert read_star() == star
    (lake.folder / "log_data/2018-11-13-events.json").unlink()
    changes = {each.table: (each.rows_before, each.rows_after) for each in etl(full_refresh=True).tables}
    rows = {"users": (1, 1), "artists": (1, 1), "songs": (1, 1), "time": (1, 1), "songplays": (2, 1)}
    assert changes == {"lake_events": (2, 1), "lake_songs": (1, 1), **rows}


def test_a_file_that_changed_is_loaded_again(lake: Lake) -> None:
    etl(events=lake.events)
    lake.log("2018-11-12", {}, {"itemInSession": 1})
    etl(events=lake.events)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(2,)]
    assert fetch("SELECT COUNT(*), COUNT(DISTINCT etag) FROM loaded_files") == [(2, 2)]


def test_hidden_files_and_markers_are_not_data(lake: Lake) -> None:
    (lake.folder / "log_data/.DS_Store").write_bytes(b"\0\0")
    (lake.folder / "log_data/_SUCCESS").touch()
    etl(events=lake.events)
    assert fetch("SELECT COUNT(*) FROM loaded_files") == [(1,)]


@pytest.mark.slow
def test_with_no_url_a_sample_lake_is_made_once_and_loaded_and_a_lake_of_ones_own_takes_its_place(
    lake: Lake, tmp_path: Path
) -> None:
    (empty := tmp_path / "empty").mkdir()
    leave_sample_lake("local", {"events": lake.events, "songs": lake.songs}, take_over=False)
    assert etl().is_sample
    assert fetch("SELECT event_rows FROM batches") == [(10_000,)]
    again = etl()
    assert again.headline.startswith("nothing new")
    assert SAMPLE_DATA in again.markdown().replace("\\", "")
    assert SAMPLE_DATA in insights(out=tmp_path / "report.html").read_text(encoding="utf-8")
    with pytest.raises(
        StorageError, match=r", the sample lake\. .* To load this lake instead: this command with --replace-sample"
    ):
        etl(events=lake.events, songs=lake.songs)
    with pytest.raises(StorageError, match="there is no file to load in the other lake; nothing was changed"):
        leave_sample_lake("local", {"events": str(empty), "songs": str(empty)}, take_over=False)
    assert fetch("SELECT COUNT(*) FROM loaded_files") != [(0,)]
    own = {"events": lake.events, "songs": lake.songs}
    leave_sample_lake("local", own, take_over=False)
    assert not etl(events=lake.events, songs=lake.songs).is_sample
    with pytest.raises(WarehouseError, match="--replace-sample: local holds more than the sample lake, events from"):
        leave_sample_lake("local", {"events": str(empty), "songs": str(empty)}, take_over=False)
    lake.log("2018-11-13", {"sessionId": 2})
    assert etl().headline.startswith("Batch 2: 1 events loaded")
    assert fetch("SELECT dataset, url, batch_id FROM sources ORDER BY 1") == [
        ("events", f"file://{lake.events}/", 1),
        ("songs", f"file://{lake.songs}/", 1),
    ]


def test_an_audit_finds_rows_that_the_ledger_lacks(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.log("2018-11-12", {})
    lake.song("TRA", {})
    etl(events=lake.events, songs=lake.songs)
    audit()
    with closing(connect("local", read_only=False)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM songplays")
    with pytest.raises(ConservationError, match="songplays: expected 1 row, found 0; table songplays lacks 1 row"):
        audit()


def test_to_wait_for_imports_is_no_part_of_the_validation(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.validate.quality.imported", lambda: 1000.0)
    lake.log("2018-11-12", {})
    seconds = dict(etl(events=lake.events).stages)
    assert seconds["import suites"] == 1000.0
    assert 0 < seconds["validate staging"] < 1000.0
