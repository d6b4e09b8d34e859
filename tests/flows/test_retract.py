"""What files brought in can be taken back, looked at before, and computed anew."""

import shutil
from pathlib import Path

import pytest

from expectations.running.results import ExpectationsFailed
from flows.audit import audit
from flows.etl import etl
from flows.rebuild import rebuild
from flows.retract import retract
from tests.flows.lakes import Lake, Star, read_star
from tests.state import execute, fetch, forget_rows
from warehouse import StorageError, WarehouseError

pytestmark = pytest.mark.usefixtures("warehouse")

LAST = "SELECT status FROM batches ORDER BY batch_id DESC LIMIT 1"


def load(lake: Lake) -> Star:
    etl(events=lake.events, songs=lake.songs)
    return read_star()


@pytest.fixture
def days(lake: Lake) -> Lake:
    """A lake of three days, of which the first two are loaded together, and the songs with them."""
    lake.log("2018-11-13", {"itemInSession": 1, "userId": "11", "level": "paid"})
    load(lake)
    lake.log("2018-11-14", {"itemInSession": 2, "ts": 1542163058796, "level": "paid"})
    load(lake)
    return lake


def test_a_batch_that_is_retracted_leaves_the_star_of_a_lake_without_its_files(days: Lake) -> None:
    before = read_star()
    preview = retract(batch=2)
    assert preview.headline.startswith("Batch 3: 1 file would be retracted by --confirm; nothing was changed")
    assert (read_star(), fetch(LAST)) == (before, [("dry run",)])
    done = retract(batch=2, confirm=True)
    assert done.headline.startswith("Batch 4: 1 file retracted")
    assert [each.counts for each in done.tables] == [each.counts for each in preview.tables]
    assert {each.table: each.examples for each in preview.tables if each.examples} == {
        "time": "removed (start_time 2018-11-14 02:37:38.796000)",
        "users": "changed (user_id 10)",
        "songplays": "removed (session_id 345, item_in_session 2)",
    }
    assert [each.examples for each in done.tables if each.examples] == []
    after = read_star()
    assert after != before
    audit()
    assert load(days) == after  # the version is not loaded again
    assert fetch(LAST) == [("nothing new",)]
    days.log("2018-11-14", {"itemInSession": 2, "ts": 1542163058797, "level": "paid"})
    assert load(days) != after  # a newer one is
    forget_rows()
    (days.folder / "log_data/2018-11-14-events.json").unlink()
    assert load(days) == after


def test_a_file_that_is_retracted_leaves_those_that_were_loaded_with_it(days: Lake) -> None:
    log = days.folder / "log_data/2018-11-13-events.json"
    retract(files=str(log), confirm=True)
    assert fetch("SELECT user_id FROM users") == [(10,)]
    assert fetch("SELECT url FROM loaded_files WHERE retracted_at IS NOT NULL") == [(f"file://{log}",)]
    after = read_star()
    audit()
    etl(full_refresh=True)
    assert read_star() == after  # not even then
    forget_rows()
    log.unlink()
    assert load(days) == after


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_one_day_of_many_that_were_loaded_together_can_be_retracted(real_lake: Path, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    shutil.copytree(real_lake, lake.folder)
    load(lake)
    last = max(Path(lake.events).rglob("*.json"))
    retract(files=str(last), confirm=True)
    after = read_star()
    audit()
    forget_rows()
    last.unlink()
    assert load(lake) == after


def test_songs_can_be_retracted_by_a_prefix_and_plays_lose_them(days: Lake) -> None:
    retract(files=f"{days.songs}/TRAAAA", confirm=True)
    assert [fetch(f"SELECT COUNT(*) FROM {table}") for table in ("songs", "artists", "lake_songs")] == [[(0,)]] * 3
    assert fetch("SELECT COUNT(*), COUNT(song_id) FROM songplays") == [(3, 0)]
    audit()


def put_back_a_retracted_version(days: Lake) -> Path:
    """Retract the third day, load a newer version of it with a fourth one, and put the retracted one back."""
    log = days.folder / "log_data/2018-11-14-events.json"
    retract(batch=2, confirm=True)
    shutil.copy2(log, days.folder / "kept")
    days.log("2018-11-14", {"itemInSession": 5})
    days.log("2018-11-15", {"itemInSession": 6})
    load(days)
    shutil.copy2(days.folder / "kept", log)
    return days.folder / "log_data/2018-11-15-events.json"


PLACES = "SELECT item_in_session FROM songplays ORDER BY 1"


def test_a_version_that_was_retracted_is_not_brought_back_by_retracting_another_file(days: Lake) -> None:
    retract(files=str(put_back_a_retracted_version(days)), confirm=True)
    assert fetch(PLACES) == [(0,), (1,)]
    audit()
    assert load(days) == read_star()
    assert fetch(PLACES) == [(0,), (1,)]


@pytest.mark.slow
def test_nor_is_it_by_a_correction_of_another_file(days: Lake) -> None:
    log = put_back_a_retracted_version(days)
    days.log("2018-11-15", {"itemInSession": 7})
    etl(events=str(log))
    assert fetch(PLACES) == [(0,), (1,), (7,)]
    audit()


def test_what_was_quarantined_of_a_retracted_file_leaves_with_it(days: Lake) -> None:
    log = days.log("2018-11-15", {"itemInSession": 3}, {"level": "gold"})
    days.log("2018-11-16", {"itemInSession": 4}, {"level": "premium"})
    etl(quarantine_budget=0.5)
    retract(files=str(log), confirm=True)
    assert fetch("SELECT batch_id, RIGHT(url, 22) FROM quarantine") == [(4, "2018-11-16-events.json")]
    audit()


@pytest.mark.slow
def test_a_full_refresh_of_a_lake_whose_every_file_was_retracted_leaves_nothing(days: Lake) -> None:
    retract(batch=2, confirm=True)
    retract(files=days.songs, confirm=True)
    for log in Path(days.events).glob("2018-11-1[23]*"):
        log.unlink()
    etl(full_refresh=True)
    assert fetch(PLACES) == []
    audit()


def test_what_cannot_be_retracted_is_said(days: Lake) -> None:
    with pytest.raises(StorageError, match=r"^--batch 7: none of what is loaded came from there; sparkify sql "):
        retract(batch=7)
    with pytest.raises(StorageError, match=r"^--files .*nowhere: none of what is loaded came from there"):
        retract(files=f"{days.events}/nowhere")
    with pytest.raises(ValueError, match="give either --batch N or --files URL"):
        retract()
    (days.folder / "log_data/2018-11-12-events.json").unlink()
    with pytest.raises(StorageError, match=r"2018-11-12-events\.json is not in the lake any more, .*--without-missing"):
        retract(files=f"{days.events}/2018-11-13", confirm=True)


@pytest.mark.slow
def test_a_dry_run_publishes_nothing_and_ends_as_the_run_itself_would(days: Lake) -> None:
    before = read_star(), fetch("SELECT * FROM loaded_files ORDER BY url"), fetch("SELECT * FROM sources ORDER BY url")
    days.log("2018-11-12", {"level": "paid"})
    days.log("2018-11-15", {"itemInSession": 4})
    (days.folder / "log_data/2018-11-14-events.json").rename(days.folder / "away")
    preview = etl(dry_run=True)
    assert "a dry run, of which nothing was published" in preview.headline
    assert (read_star(), fetch("SELECT * FROM loaded_files ORDER BY url")) == before[:2]
    assert fetch("SELECT * FROM sources ORDER BY url") == before[2]
    assert fetch(LAST) == [("dry run",)]
    assert {each.table: each.examples for each in preview.tables if each.examples} == {
        "songplays": "added (session_id 345, item_in_session 4); changed (session_id 345, item_in_session 0)",
    }
    assert "Rows that would change, such as:\n\n- songplays: added" in preview.markdown()
    assert [each.counts for each in etl().tables] == [each.counts for each in preview.tables]
    days.log("2018-11-16", {"level": "gold"})
    with pytest.raises(ExpectationsFailed):
        etl(dry_run=True)
    with pytest.raises(ValueError, match="--dry-run and --moved-from exclude each other"):
        etl(dry_run=True, moved_from=days.events)


def test_the_star_is_rebuilt_from_the_lake_tables_without_the_files(days: Lake) -> None:
    star = read_star()
    execute("UPDATE songplays SET level = 'free'", "UPDATE users SET level = 'free'", "UPDATE songs SET title = 'X'")
    (days.folder / "log_data").rename(days.folder / "away")
    done = rebuild()
    assert done.headline.startswith("Batch 3: rebuilt from the lake tables")
    assert read_star() == star
    audit()
    execute("UPDATE loaded_files SET is_current = FALSE")
    with pytest.raises(WarehouseError, match="the lake tables hold no file: run sparkify etl first"):
        rebuild()
    assert read_star() == star
