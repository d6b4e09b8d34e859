"""A batch is held against those before it: what went empty stops a run, what moved is told, usual ones are quiet."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from sample_lake.simulation import LakeSpec, write_lake
from tasks.validate import keys, quality
from tests.flows.lakes import EVENT, Lake
from tests.state import fetch

pytestmark = pytest.mark.usefixtures("warehouse")
DAY_MS = 86_400_000
COLUMN = (
    "SELECT rows_counted, rows_with FROM batch_columns WHERE batch_id = 1 AND column_name = '{}' AND {} ORDER BY value"
)


def log_day(lake: Lake, day: int, change: Mapping[str, object], rows: int = 60) -> None:
    """Write a day of plays that differ so from the usual one, and from each other by their place."""
    moment = int(str(EVENT["ts"])) + (day - 12) * DAY_MS
    lake.log(f"2018-11-{day}", *({"itemInSession": at, "sessionId": day, "ts": moment, **change} for at in range(rows)))


@pytest.fixture
def usual(tmp_path: Path) -> Lake:
    """A lake that was loaded with two usual days."""
    lake = Lake(tmp_path / "usual")
    log_day(lake, 10, {})
    log_day(lake, 11, {"page": "NextSong", "level": "paid"})
    lake.song("TRA", {"artist_location": ""})
    etl(**lake.there)
    return lake


def test_a_batch_keeps_what_its_columns_have(usual: Lake) -> None:
    assert fetch(COLUMN.format("useragent", "value IS NULL")) == [(120, 120)]
    assert fetch(COLUMN.format("artist_location", "value IS NULL")) == [(1, 0)]
    assert fetch(COLUMN.format("level", "value IS NOT NULL")) == [(120, 60), (120, 60)]
    assert fetch(COLUMN.format("ts", "value IS NOT NULL")) == [(60, 60), (60, 60)]
    assert fetch(COLUMN.format("gender", "value IS NOT NULL")) == []
    assert fetch("SELECT DISTINCT column_name FROM batch_columns WHERE value IS NOT NULL ORDER BY 1") == [
        (name,) for name in ("auth", "level", "method", "page", "status", "ts")
    ]


def test_a_column_that_went_empty_stops_the_run_until_somebody_accepts_it(usual: Lake) -> None:
    log_day(usual, 12, {"userAgent": None})
    with pytest.raises(ExpectationsFailed, match=r"'useragent' breaks the rule .*no column of events is empty"):
        etl(**usual.there)
    assert fetch("SELECT MAX(batch_id) FROM batch_columns") == [(1,)]
    etl(**usual.there, accept_drift=True)
    log_day(usual, 13, {"userAgent": None}, rows=600)
    etl(**usual.there)
    assert fetch("SELECT batch_id FROM batches WHERE status = 'published' ORDER BY 1") == [(1,), (3,), (4,)]


def test_a_day_without_plays_stops_the_run_also_beside_usual_days(usual: Lake) -> None:
    log_day(usual, 12, {})
    log_day(usual, 13, {"page": "Next Song"})
    with pytest.raises(ExpectationsFailed, match=r"'2018-11-13' breaks the rule .*no day is without plays"):
        etl(**usual.there)


def test_few_rows_and_rare_values_are_no_drift(usual: Lake) -> None:
    log_day(usual, 12, {"userAgent": None, "page": "Home", "song": None, "artist": None, "length": None}, rows=20)
    etl(**usual.there)
    assert fetch("SELECT status FROM batches ORDER BY batch_id") == [("published",)] * 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["real", 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 11))])
def test_usual_lakes_are_quiet_day_by_day(
    seed: int | str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, growing = tmp_path / "lake", tmp_path / "growing"
    if seed == "real":
        folder = request.getfixturevalue("real_lake")
    else:
        write_lake(folder, LakeSpec(events=6_000, songs=50, users=60, seed=int(seed)))
    told: list[str] = []
    for module in (keys, quality):
        monkeypatch.setattr(module, "emit_event", lambda *_, payload, **__: told.append(str(payload)))
    growing.mkdir()
    for log in sorted((folder / "log_data").rglob("*.json")):
        shutil.copy(log, growing)
        etl(events=str(growing))
    of_drift = ("of a column with few", "in the batches before", "key")
    assert [each for each in told if any(words in each for words in of_drift)] == []
    assert fetch("SELECT COUNT(*) FROM batches WHERE status = 'published'") == [(30,)]
