"""A batch is held against those before it: what went empty stops a run, what moved is told, usual ones are quiet."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from expectations.running import history
from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from sample_lake.simulation import LakeSpec, write_lake
from sql.datasets import DATASETS
from sql.policies import ColumnPolicy, DriftPolicy
from tasks.validate import columns, keys, quality, unknown_values
from tests.flows.lakes import EVENT, Lake
from tests.state import fetch
from tests.variants import often

pytestmark = pytest.mark.usefixtures("warehouse")
DAY_MS = 86_400_000
OF_DRIFT = ("of a column with few", "in the batches before", "key", " row of ", " rows of ")
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
    assert fetch(COLUMN.format("ts", "LEN(value) = 10")) == [(60, 60), (60, 60)]
    assert fetch(COLUMN.format("ts", "value = '(before 8 h)'")) == [(120, 120)]
    assert fetch(COLUMN.format("length", "value = '(whole seconds)'")) == [(120, 0)]
    assert fetch(COLUMN.format("gender", "value IS NOT NULL")) == []
    assert fetch("SELECT DISTINCT column_name FROM batch_columns WHERE LEFT(value, 1) <> '(' ORDER BY 1") == [
        (name,) for name in ("auth", "level", "method", "page", "status", "ts")
    ]


def test_traits_of_many_rows_are_counted_in_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "SAMPLED", 30)
    lake = Lake(tmp_path / "lake")
    log_day(lake, 10, {}, rows=120)
    etl(**lake.there)
    [(counted, had)] = fetch(COLUMN.format("ts", "value = '(before 8 h)'"))
    assert 0 < int(str(counted)) < 120
    assert had == counted


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


@pytest.fixture
def policies(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives columns of events other policies."""

    def give(**of_columns: ColumnPolicy) -> None:
        events = replace(DATASETS["events"], drift=DriftPolicy(of_columns=of_columns))
        for module in (history, keys, unknown_values):
            monkeypatch.setattr(module, "DATASETS", {**DATASETS, "events": events})

    return give


def test_a_column_has_the_severity_of_its_own_policy(usual: Lake, policies: Callable[..., None]) -> None:
    policies(useragent=ColumnPolicy(filled="warn"), auth=ColumnPolicy(known="fail", known_share=0.5))
    log_day(usual, 12, {"userAgent": None})
    etl(**usual.there)
    log_day(usual, 13, {"location": None})
    with pytest.raises(ExpectationsFailed, match=r"'location' breaks the rule .*no column of events is empty"):
        etl(**usual.there)
    log_day(usual, 13, {"auth": "Guest", "page": "Home"})
    with pytest.raises(ExpectationsFailed, match=r"'Guest' breaks the rule .*no value takes 50% of a column"):
        etl(**usual.there)


def test_rows_with_a_value_that_was_never_seen_can_be_quarantined(usual: Lake, policies: Callable[..., None]) -> None:
    policies(page=ColumnPolicy(known="quarantine"))
    new = {"page": r"Next \ 'Song' %", "song": None, "artist": None, "length": None}
    moment = int(str(EVENT["ts"]))
    rows = [{"itemInSession": at, "sessionId": 12, "ts": moment, **(new if at % 2 else {})} for at in range(80)]
    log = usual.log("2018-11-12", *rows)
    with pytest.raises(ExpectationsFailed, match=r'json line 2, column "page": .*Next .* was never seen before'):
        etl(**usual.there)
    etl(**usual.there, quarantine_budget=0.5)
    assert fetch("SELECT COUNT(*), MIN(reason_code), MIN(url) FROM quarantine") == [
        (40, "value_is_known", f"file://{log}")
    ]
    assert fetch("SELECT COUNT(*) FROM lake_events WHERE batch_id = 3") == [(40,)]
    assert fetch(
        "SELECT value FROM batch_columns WHERE batch_id = 3 AND column_name = 'page'  AND value IS NOT NULL"
    ) == [("NextSong",)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", often(["real", *range(1, 11)], 2))
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
    assert [each for each in told if any(words in each for words in OF_DRIFT)] == []
    assert fetch("SELECT COUNT(*) FROM batches WHERE status = 'published'") == [(30,)]
