"""Quarantine: bad rows are kept out of the star with their evidence, as long as there are few of them."""

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from tasks.markdown import markdown, markdown_lines
from tests.expectations.rows import execute
from tests.flows.lakes import EVENT, SONG, Lake, read_star
from tests.state import fetch
from tests.variants import often
from warehouse import BudgetExceeded, ConservationError, CopyError, Store, connect

pytestmark = pytest.mark.usefixtures("warehouse")

QUARANTINE = """
    SELECT dataset, url, line_number, column_name, reason_code, reason, "raw"
    FROM quarantine ORDER BY url, line_number, reason_code
"""
PLACES = "SELECT line_number, column_name, reason_code FROM quarantine ORDER BY url, line_number, reason_code"
LEDGER = "SELECT rows_scanned, rows_loaded, rows_quarantined FROM loaded_files ORDER BY url, rows_scanned"
BATCH = """
    SELECT status, event_rows, song_rows, plays_added_rows, plays_present_rows, quarantined_rows
    FROM batches ORDER BY batch_id
"""
NOT_IN_SET = "expect_column_values_to_be_in_set"
NOT_BETWEEN = "expect_column_values_to_be_between"
GOLD = "'gold' is not one of free, paid; level is free or paid"


def good(count: int) -> list[Mapping[str, object]]:
    """Plays that differ in their place in the session."""
    return [{"itemInSession": place} for place in range(count)]


def event(**change: object) -> str:
    return json.dumps({**EVENT, **change})


def url(path: Path) -> str:
    return f"file://{path}"


def test_bad_rows_of_every_kind_are_quarantined_with_their_evidence(lake: Lake) -> None:
    lines = ['{"page": "Home", "ts": }', event(userId="abc"), event(itemInSession=77, level="gold")]
    log = lake.log("2018-11-12", *good(7), *lines)
    song = lake.song("TRB", {"song_id": "SOB", "duration": -1})
    summary = etl(events=lake.events, songs=lake.songs, quarantine_budget=0.4)
    json_error = "Invalid JSON: Expecting value at character 24 of the line (code 1216)"
    user = "'abc': Invalid digit, Value 'a', Pos 0, Type: Integer (code 1207)"
    duration = "'-1' is not more than 0 and at most 3600; a song lasts more than 0 and at most 3600 seconds"
    raw_song = json.dumps({**SONG, "song_id": "SOB", "duration": -1})
    assert fetch(QUARANTINE) == [
        ("events", url(log), 8, None, "1216", json_error, lines[0]),
        ("events", url(log), 9, "userid", "1207", user, lines[1]),
        ("events", url(log), 10, "level", NOT_IN_SET, GOLD, lines[2]),
        ("songs", url(song), 1, "duration", NOT_BETWEEN, duration, raw_song),
    ]
    assert fetch(LEDGER) == [(10, 7, 3), (1, 1, 0), (1, 0, 1)]
    assert fetch(BATCH) == [("published", 7, 1, 7, 0, 4)]
    assert fetch("SELECT COUNT(*) FROM songplays") == [(7,)]
    assert fetch("SELECT song_id FROM songs") == [(SONG["song_id"],)]
    assert summary.headline.startswith("Batch 1: 7 events, 1 songs loaded and validated in ")
    assert summary.headline.endswith("; 4 of 12 rows (33.3 %) quarantined")
    assert [str(reason) for reason in summary.quarantine] == [
        f"1 row of events, 1216, first at {url(log)} line 8: {json_error}",
        f"1 row of events.userid, 1207, first at {url(log)} line 9: {user}",
        f"1 row of events.level, {NOT_IN_SET}, first at {url(log)} line 10: {GOLD}",
        f"1 row of songs.duration, {NOT_BETWEEN}, first at {url(song)} line 1: {duration}",
    ]
    artifact = Artifact.get("sparkify-etl-summary")
    assert isinstance(artifact, StoredArtifact)
    assert f"Quarantined:\n\n- {markdown(str(summary.quarantine[0]))}\n" in str(artifact.data)


def test_one_row_over_the_budget_publishes_nothing_and_names_the_bad_rows(lake: Lake) -> None:
    etl(songs=lake.songs)
    before = read_star()
    log = lake.log("2018-11-12", *good(7), "no json", {"level": "gold"}, {"level": "gold"})
    with pytest.raises(BudgetExceeded) as failure:
        etl(events=lake.events, quarantine_budget=0.29)
    rows = (
        f"- {url(log)} line 8: Invalid JSON: is not a JSON object or array (code 1216)\n"
        f'- {url(log)} line 9, column "level": {GOLD}\n'
        f'- {url(log)} line 10, column "level": {GOLD}'
    )
    headline = "3 of 10 rows (30 %) would have to be quarantined, the budget is 29 %: nothing is published"
    assert str(failure.value) == f"{headline}. Correct the files, or raise --quarantine-budget:\n{rows}"
    artifact = Artifact.get("sparkify-quarantine")
    assert isinstance(artifact, StoredArtifact)
    assert artifact.data == f"# {headline}\n\n{markdown_lines(rows)}"
    assert (read_star(), fetch(QUARANTINE), fetch(LEDGER)) == (before, [], [(1, 1, 0)])
    assert fetch(BATCH)[1][0] == "failed"
    etl(events=lake.events, quarantine_budget=0.3)
    assert fetch(BATCH)[2] == ("published", 7, 0, 7, 0, 3)


@pytest.mark.slow
def test_ten_thousand_bad_rows_are_all_found(lake: Lake) -> None:
    bad = [{"itemInSession": place, "level": "gold", "auth": "Nobody"} for place in range(10_000)]
    lake.log("2018-11-12", *good(10_000))
    lake.log("2018-11-13", *bad)
    etl(events=lake.events, quarantine_budget=0.5)
    assert fetch(
        "SELECT COUNT(*), COUNT(DISTINCT line_number), MIN(line_number), MAX(line_number) FROM quarantine"
    ) == [(10_000, 10_000, 1, 10_000)]
    assert fetch("SELECT DISTINCT reason_code FROM quarantine") == [("play_is_logged_in",)]
    assert fetch(LEDGER) == [(10_000, 10_000, 0), (10_000, 0, 10_000)]


def test_only_the_bad_one_of_two_versions_of_an_event_is_quarantined(lake: Lake) -> None:
    lake.log("2018-11-12", {"artist": "A"}, {"artist": "B", "gender": "X"}, {"artist": "C"}, *good(1))
    etl(events=lake.events, quarantine_budget=0.25)
    assert fetch(PLACES) == [(2, "gender", NOT_IN_SET)]
    assert fetch(BATCH) == [("published", 3, 0, 1, 2, 1)]


def test_equal_bad_rows_are_each_quarantined(lake: Lake) -> None:
    lake.log("2018-11-12", {"level": "gold"}, *good(2), {"level": "gold"})
    etl(events=lake.events, quarantine_budget=0.5)
    assert fetch(PLACES) == [(1, "level", NOT_IN_SET), (4, "level", NOT_IN_SET)]


@pytest.mark.slow
def test_a_bad_row_is_found_however_its_file_spells_it(lake: Lake) -> None:
    spelled = {
        "LEVEL": "gold", "ts": "1541990258796", "length": 218.93178999999998, "userid": "10", "sessionId": 345.0,
        "itemInSession": " 7 ", "page": "NextSong", "auth": "Logged In", "song": "é\u0000x", "artist": "", "status": "",
        "unknown": ["level"], "firstName": {"a": 1.50}, "lastname": True,
    }  # fmt: skip
    lake.log("2018-11-12", {}, json.dumps(spelled))
    lake.song("TRB", json.dumps({**SONG, "Title": "no column", "artist_latitude": 91.50, "artist_longitude": "-1e1"}))
    etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    assert fetch(PLACES) == [(2, "level", NOT_IN_SET), (1, "artist_latitude", NOT_BETWEEN)]


@pytest.mark.slow
def test_an_event_of_any_year_is_found(lake: Lake) -> None:
    moments_ms = (1541105830796123, -100_000_000_000_000, -62_135_596_800_001, 253_402_300_800_000)
    far = [{"ts": ts_ms, "sessionId": 9, "itemInSession": number} for number, ts_ms in enumerate(moments_ms)]
    lake.log("2018-11-12", *good(5), *far, {"ts": 1541105830796123456, "level": "gold"})
    etl(events=lake.events, quarantine_budget=0.5)
    assert fetch(PLACES) == [*((line, "ts", "ts_is_plausible") for line in range(6, 10)), (10, "ts", "1206")]
    [(reason,)] = fetch("SELECT reason FROM quarantine WHERE line_number = 6")
    assert str(reason).startswith("'1541105830796123' breaks the rule; an event happened since the year 2000")


@pytest.mark.slow
def test_a_long_line_is_cut_between_characters(lake: Lake) -> None:
    line = json.dumps({**EVENT, "level": "gold", "note": "é" * 40_000}, ensure_ascii=False)
    lake.log("2018-11-12", {}, line)
    etl(events=lake.events, quarantine_budget=0.5)
    assert fetch('SELECT "raw" FROM quarantine') == [(line.encode()[:65_535].decode(errors="ignore"),)]


@pytest.mark.slow
def test_what_no_column_can_hold_is_replaced(lake: Lake) -> None:
    line = event(level="gold", note="a")
    log = lake.log("2018-11-12", {}, line)
    log.write_bytes(log.read_bytes().replace(b'"note": "a"', b'"note": "\xff"'))
    etl(events=lake.events, quarantine_budget=0.5)
    assert fetch('SELECT "raw" FROM quarantine') == [(line.replace('"note": "a"', '"note": "?"'),)]


@pytest.mark.slow
def test_two_faults_on_one_line_are_two_rows(lake: Lake) -> None:
    lake.log("2018-11-12", *good(3), "no json " + event(level="premium") + event(level="gold"))
    etl(events=lake.events, quarantine_budget=0.5)
    assert fetch(PLACES) == [(4, "level", "1204"), (4, None, "1216"), (4, "level", NOT_IN_SET)]


@pytest.mark.slow
def test_a_file_of_bad_rows_only_is_loaded_as_such(lake: Lake) -> None:
    lake.log("2018-11-12", {"level": "gold"}, {"level": "premium"})
    lake.song("TRB", {})
    etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    assert fetch(LEDGER) == [(2, 0, 2), (1, 1, 0), (1, 1, 0)]
    assert fetch(BATCH) == [("published", 0, 2, 0, 0, 2)]
    assert etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5).headline.startswith("nothing new")


def test_a_corrected_file_clears_its_old_rows_and_no_others(lake: Lake) -> None:
    lake.log("2018-11-12", {}, {"level": "gold"})
    other = lake.log("2018-11-13", {"sessionId": 2}, {"sessionId": 3, "level": "gold"})
    etl(events=lake.events, quarantine_budget=0.5)
    lake.log("2018-11-12", {}, {"level": "paid", "itemInSession": 1})
    etl(events=lake.events)
    # That was accepted when it was loaded first, and is loaded again with the other: it needs no budget.
    assert fetch("SELECT batch_id, url FROM quarantine") == [(2, url(other))]
    assert fetch("SELECT COUNT(*) FROM songplays") == [(3,)]
    lake.log("2018-11-12", {}, {"level": "gold", "itemInSession": 1}, {"level": "gold", "itemInSession": 2})
    with pytest.raises(BudgetExceeded, match="the budget is 0 %"):
        etl(events=lake.events)


@pytest.mark.slow
def test_a_full_refresh_clears_and_refills_quarantine(lake: Lake) -> None:
    lake.log("2018-11-12", {}, {"level": "gold"})
    etl(events=lake.events, quarantine_budget=0.5)
    etl(events=lake.events, quarantine_budget=0.5, full_refresh=True)
    assert fetch("SELECT batch_id, line_number FROM quarantine") == [(2, 2)]


def test_a_fault_that_is_not_of_single_rows_still_fails_the_run(lake: Lake) -> None:
    etl(songs=lake.songs)
    with closing(connect(read_only=False)) as connection, connection:
        execute(connection, "ALTER TABLE staging_events ADD COLUMN device VARCHAR(9)")
    lake.log("2018-11-12", {}, {"level": "gold"})
    with pytest.raises(ExpectationsFailed, match="has device as column 19"):
        etl(events=lake.events, quarantine_budget=0.5)
    assert fetch(QUARANTINE) == []


@pytest.mark.slow
def test_more_bad_lines_than_copy_leaves_out_are_a_failure(lake: Lake) -> None:
    log = lake.log("2018-11-12", *["x"] * 100_000, {})
    with pytest.raises(CopyError) as failure:
        etl(events=lake.events, quarantine_budget=0.5)
    said = str(failure.value).splitlines()
    assert said[0] == (
        "100,000 faults in rows; nothing was loaded. Correct the files and run again, or allow for bad rows with "
        "--quarantine-budget:"
    )
    assert said[1:] == [
        *(f"- {url(log)} line {n}: Invalid JSON: is not a JSON object or array (code 1216)" for n in range(1, 11)),
        "- and 99,990 more: in all 100,000 of events, 1216",
    ]


@pytest.mark.slow
def test_many_lines_of_the_ledger_and_of_quarantine_are_copied_from_several_objects(
    lake: Lake, sparkify_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.publish.ledger.LINES_PER_OBJECT", 2)
    written: list[str] = []
    write = Store.write

    def write_and_tell(store: Store, url: str, data: bytes) -> None:
        written.append(url)
        write(store, url, data)

    monkeypatch.setattr(Store, "write", write_and_tell)
    for day in (13, 14, 15):
        lake.log(f"2018-11-{day}", {"sessionId": day}, {"sessionId": day, "itemInSession": 1, "level": "gold"})
    etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    assert fetch("SELECT COUNT(*), COUNT(DISTINCT url) FROM quarantine") == [(3, 3)]
    assert fetch("SELECT COUNT(*), COUNT(DISTINCT url) FROM loaded_files") == [(5, 5)]
    names = [url.rpartition("/")[2] for url in written if "manifest" not in url.rpartition("/")[2]]
    assert sorted(name for name in names if name.startswith(("loaded_files", "quarantine"))) == [
        *(f"loaded_files.{number}.json" for number in range(3)),
        *(f"quarantine.{number}.json" for number in range(2)),
    ]
    assert list(sparkify_home.glob("manifests/*/quarantine.*")) == []


@pytest.mark.slow
def test_empty_files_are_an_error_whatever_the_budget_and_hide_no_bad_row(lake: Lake) -> None:
    log, song, bad = (
        lake.log("2018-11-13", ""),
        lake.song("TRB", ""),
        lake.log("2018-11-14", {"level": "gold"}, *good(4)),
    )
    with pytest.raises(ExpectationsFailed) as failure:
        etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    assert str(failure.value).splitlines() == [
        "2 files hold no rows:",
        *(f"- {url(file)} is empty: it holds no rows; remove it or deliver it again" for file in (log, song)),
        f'{url(bad)} line 1, column "level": {GOLD}. Correct the file and run again; nothing was loaded',
    ]


LOSSES = {
    "a staged row": ("staging_events", "NEW.iteminsession = 1", "staging_events: expected 3 rows, found 2"),
    "a play": ("songplays", "NEW.item_in_session = 1", "songplays: expected 3 rows, found 2"),
    "a quarantined row": (
        "quarantine",
        "TRUE",
        "{log}: expected 4 rows, found 3; quarantine: expected 1 row, found 0",
    ),
    "a ledger entry": ("loaded_files", "TRUE", "loaded_files: expected 1 row, found 0"),
}
"""What the server drops, under which condition, and what the run says then."""
LOSE = """
    CREATE FUNCTION lose() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER lose BEFORE INSERT ON {} FOR EACH ROW WHEN ({}) EXECUTE FUNCTION lose();
"""
SPOIL = """
    CREATE FUNCTION spoil() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN NEW.level = ''gold''; RETURN NEW; END';
    CREATE TRIGGER spoil BEFORE INSERT ON staging_events
    FOR EACH ROW WHEN (NEW.iteminsession = 1) EXECUTE FUNCTION spoil();
"""


@pytest.mark.parametrize("loss", often(LOSSES, ["a staged row", "a play"], pytest.mark.slow))
def test_a_batch_that_does_not_add_up_is_not_published(lake: Lake, sparkify_home: Path, loss: str) -> None:
    table, condition, words = LOSSES[loss]
    etl(events=lake.events, songs=lake.songs)
    before = read_star()
    log = lake.log("2018-11-13", *[{"sessionId": 2, **play} for play in good(3)], {"sessionId": 3, "level": "gold"})
    with closing(connect(read_only=False)) as connection, connection:
        execute(connection, LOSE.format(table, condition))
    with pytest.raises(ConservationError) as failure:
        etl(events=lake.events, quarantine_budget=0.5)
    assert words.format(log=url(log)) in str(failure.value)
    assert (read_star(), fetch(LEDGER), fetch(QUARANTINE)) == (before, [(1, 1, 0), (1, 1, 0)], [])
    assert list(sparkify_home.glob("manifests/*/events.manifest.json"))
    assert list(sparkify_home.glob("manifests/*/quarantine.*")) == []  # the lines of the lake stay nowhere else


FORGET_A_LINE = """
    CREATE FUNCTION pg_temp.forget() RETURNS TRIGGER LANGUAGE plpgsql AS
    'BEGIN NEW.lines_scanned = NEW.lines_scanned - 1; RETURN NEW; END';
    CREATE TRIGGER forget BEFORE INSERT ON redshift._load_files
    FOR EACH ROW WHEN (NEW.file_name LIKE '%2018-11-13%') EXECUTE FUNCTION pg_temp.forget();
"""
"""What the load history then knows of that file is one row less than it has."""


def test_where_the_load_history_does_not_add_up_the_rows_of_files_are_unknown(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.stage.counting.PAUSES_S", (0.0,))
    etl(songs=lake.songs)
    lake.log("2018-11-13", *good(3), {"sessionId": 3, "level": "premium"})
    lake.log("2018-11-14", *[{"sessionId": 2, **play} for play in good(2)], {"sessionId": 3, "level": "gold"})
    with closing(connect(read_only=False)) as connection:
        execute(connection, FORGET_A_LINE)
        connection.commit()
        etl(events=lake.events, quarantine_budget=0.5)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(5,)]
    [*songs, unharmed, refused, broken] = fetch(f"{LEDGER.partition(' ORDER BY')[0]} ORDER BY dataset DESC, url")
    assert songs == [(1, 1, 0)]
    assert (unharmed, refused, broken) == ((None, None, 0), (None, None, 1), (None, None, 1))
    assert fetch(BATCH)[-1] == ("published", 6, 0, 5, 1, 2)


SPOIL_THE_STAR = """
    CREATE FUNCTION spoil() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN NEW.weekday = 7; RETURN NEW; END';
    CREATE TRIGGER spoil BEFORE INSERT ON time FOR EACH ROW EXECUTE FUNCTION spoil();
"""


def test_a_star_that_breaks_its_suites_is_not_published(lake: Lake) -> None:
    etl(events=lake.events, songs=lake.songs)
    before = read_star()
    with closing(connect(read_only=False)) as connection, connection:
        execute(connection, SPOIL_THE_STAR)
    lake.log("2018-11-13", {"sessionId": 2, "ts": 1542090258796})
    with pytest.raises(ExpectationsFailed, match=r"time\.weekday: 7 "):
        etl(events=lake.events, quarantine_budget=0.5)
    assert (read_star(), fetch(LEDGER)) == (before, [(1, 1, 0), (1, 1, 0)])
    assert fetch("SELECT status FROM batches ORDER BY batch_id") == [("published",), ("failed",)]


def test_a_row_that_is_in_no_file_is_not_quarantined(lake: Lake) -> None:
    etl(songs=lake.songs)
    with closing(connect(read_only=False)) as connection, connection:
        execute(connection, SPOIL)
    lake.log("2018-11-12", *good(3))
    with pytest.raises(ConservationError, match="of 1 row to quarantine only 0 were found in the files"):
        etl(events=lake.events, quarantine_budget=0.5)
