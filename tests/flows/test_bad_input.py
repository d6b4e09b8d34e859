"""Bad input: one clear sentence that names the place, and a star that is as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from tasks.markdown import markdown_lines
from tests.flows.lakes import Lake, read_star
from tests.stages import bare_stages
from tests.state import fetch, forget_rows
from warehouse import StorageError


def bad_log(*lines: dict[str, object] | str) -> Callable[[Lake], Path]:
    return lambda lake: lake.log("2018-11-13", {"sessionId": 1}, *lines)


def bad_song(change: dict[str, object]) -> Callable[[Lake], Path]:
    return lambda lake: lake.song(
        "TRB", {"song_id": "SOAAAAA12A8C13C480", **change} if isinstance(change, dict) else change
    )


LOG = "log_data/2018-11-13-events.json line 2"
SONG = "song_data/TRB.json line 1"
CASES: dict[str, tuple[Callable[[Lake], Path], list[str]]] = {
    "malformed line": (bad_log('{"page": "Home", "ts": '), [LOG]),
    "top-level array": (bad_log("[1, 2]"), [LOG]),
    "a letter in userId": (bad_log({"userId": "abc"}), [LOG, 'column "userid"', "'abc'", "Invalid digit"]),
    "ts null": (bad_log({"ts": None}), [LOG, 'column "ts"', "NULL"]),
    "ts in microseconds": (
        bad_log({"ts": 1541105830796123}),
        [LOG, 'column "ts"', "'1541105830796123'", "milliseconds"],
    ),
    "ts before our era": (bad_log({"ts": -100_000_000_000_000}), [LOG, 'column "ts"', "'-100000000000000'"]),
    "unknown level": (bad_log({"level": "gold"}), [LOG, 'column "level"', "'gold'", "free or paid"]),
    "long level": (bad_log({"level": "premium"}), [LOG, 'column "level"', "'premium'", "VARCHAR(4)"]),
    "negative duration": (bad_song({"duration": -1}), [SONG, 'column "duration"', "'-1'"]),
    "long artist name": (bad_song({"artist_name": "x" * 600}), [SONG, 'column "artist_name"', "VARCHAR(512)"]),
    "empty file": (lambda lake: lake.log("2018-11-13"), ["log_data/2018-11-13-events.json is empty"]),
    "blank file": (lambda lake: lake.log("2018-11-13", "", ""), ["log_data/2018-11-13-events.json is empty"]),
}
BOTH = (("auth", "'Nobody' breaks the rule"), ("level", "'gold'"), ("auth", "'Nobody' is not one of"))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A good lake that has been loaded; no bad run may change what came of it."""
    forget_rows()
    lake = Lake(tmp_path_factory.mktemp("loaded"))
    lake.log("2018-11-12", {})
    lake.song("TRAAAAW128F429D538", {})
    with bare_stages():
        etl(events=lake.events, songs=lake.songs)
    return lake


@pytest.mark.usefixtures("flows")
@pytest.mark.parametrize("case", CASES)
def test_bad_data_is_named_with_its_place_and_publishes_nothing(loaded: Lake, case: str) -> None:
    make, words = CASES[case]
    before = read_star()
    bad_file = make(loaded)
    with pytest.raises(Exception) as failure:  # noqa: PT011 - the message is what matters
        etl(events=loaded.events, songs=loaded.songs)
    bad_file.unlink()
    assert [word for word in words if word not in str(failure.value)] == [], str(failure.value)
    assert read_star() == before
    assert fetch("SELECT COUNT(*) FROM loaded_files") == [(2,)]
    assert fetch("SELECT status FROM batches ORDER BY batch_id DESC LIMIT 1") == [("failed",)]


@pytest.mark.usefixtures("warehouse")
def test_all_bad_rows_of_a_run_are_named_at_once(lake: Lake) -> None:
    refused: list[dict[str, object]] = [{"userId": f"user {number}", "itemInSession": number} for number in range(9)]
    log = lake.log("2018-11-13", *refused, {"sessionId": 2, "level": "gold", "auth": "Nobody"}, {"sessionId": 3})
    song = lake.song("TRB", {"song_id": "SOB", "artist_name": "x" * 600})
    empty = lake.song("TRC", "")
    with pytest.raises(ExpectationsFailed) as failure:
        etl(events=lake.events, songs=lake.songs)
    said = str(failure.value).splitlines()
    assert said[:2] == [
        f"file://{empty} is empty: it holds no rows; remove it or deliver it again",
        "13 faults in rows; nothing was loaded. Correct the files and run again, or allow for bad rows with "
        "--quarantine-budget:",
    ]
    places = [f"file://{log} line {line}, column \"userid\": 'user {line - 1}'" for line in range(1, 7)]
    places += [f'file://{log} line 10, column "{column}": {value}' for column, value in BOTH]
    places += [f'file://{song} line 1, column "artist_name": \'xxx']
    assert [line.startswith(f"- {place}") for line, place in zip(said[2:-1], places, strict=True)] == [True] * 10
    assert said[-1].startswith("- and 3 more: in all 9 of events.userid, 1207; 1 of ")
    artifact = Artifact.get("sparkify-bad-rows")
    assert isinstance(artifact, StoredArtifact)
    assert artifact.data == markdown_lines(str(failure.value))
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]


@pytest.mark.usefixtures("warehouse")
def test_both_lakes_are_named_where_neither_is_there(lake: Lake) -> None:
    with pytest.raises(StorageError) as failure:
        etl(events=str(lake.folder / "no"), songs=str(lake.folder / "nothing"))
    assert str(failure.value).splitlines() == [
        f"--events file://{lake.folder}/no: there is no file there; check the URL",
        f"--songs file://{lake.folder}/nothing: there is no file there; check the URL",
    ]


@pytest.mark.usefixtures("warehouse")
def test_a_missing_directory_is_named(lake: Lake) -> None:
    with pytest.raises(Exception, match=r"--events file://.*/nowhere: there is no file there; check the URL"):
        etl(events=str(lake.folder / "nowhere"), songs=lake.songs)


@pytest.mark.usefixtures("warehouse")
def test_an_empty_prefix_is_named(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Exception, match=r"--songs file://.*/empty: there is no file there; check the URL"):
        etl(events=lake.events, songs=str(tmp_path / "empty"))


@pytest.mark.usefixtures("warehouse")
def test_swapped_urls_are_recognised(lake: Lake) -> None:
    with pytest.raises(Exception, match=r"holds songs, not events .*are --events and --songs swapped\?"):
        etl(events=lake.songs, songs=lake.events)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("url", ["", "ftp://host/x", "http://host/log_data"])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(Exception, match=r"give s3://bucket/prefix, file:///folder or a folder"):
        etl(events=url)


@pytest.mark.usefixtures("warehouse", "prefect_server")
def test_an_unknown_warehouse_is_refused() -> None:
    with pytest.raises(Exception, match="warehouse 'nowhere' is not known"):
        etl(warehouse="nowhere")
