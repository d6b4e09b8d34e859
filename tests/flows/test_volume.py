"""A run tells days that are missing or unusually small or large in the lake as it then is, and status lists gaps."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.__main__ import main
from flows.etl import etl
from sql.datasets import DATASETS
from sql.policies import DriftPolicy, VolumePolicy
from tasks.validate import keys
from tests.flows.lakes import Lake
from tests.state import execute, fetch
from warehouse import LakeChanged

pytestmark = pytest.mark.usefixtures("warehouse")
FIRST = datetime(2018, 10, 1, 12, tzinfo=UTC)
TELLERS = ("status", "--format", "json")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the events for alerts say of days."""
    told: list[str] = []

    def emit(name: str, payload: dict[str, list[str]], **_: object) -> None:
        told.extend(payload["changes"] if name.startswith("sparkify.volume.") else [name])

    monkeypatch.setattr(keys, "emit_event", emit)
    return told


def log_day(lake: Lake, number: int, rows: int, name: str = "") -> None:
    """Write the log of a day, that many days after the first, with so many events."""
    day = FIRST + timedelta(number)
    event = {"page": "Home", "song": None, "artist": None, "length": None, "ts": int(day.timestamp() * 1000)}
    lake.log(f"{day:%Y-%m-%d}{name}", *({**event, "sessionId": number, "itemInSession": row} for row in range(rows)))


@pytest.fixture
def lake(tmp_path: Path, told: list[str]) -> Lake:
    """A lake of five weeks, that was loaded."""
    lake = Lake(tmp_path / "lake")
    for number in range(35):
        log_day(lake, number, 40)
    etl(**lake.there)
    assert told == []
    return lake


def missing(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Return the days that status lists as missing."""
    capsys.readouterr()
    assert main([*TELLERS]) == 0
    return [(each["first_day"], each["last_day"]) for each in json.loads(capsys.readouterr().out)["missing_days"]]


def test_days_that_are_missing_are_told_once_and_listed_until_they_are_there(
    lake: Lake, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    log_day(lake, 38, 40)
    etl(**lake.there)
    assert [each.partition(",")[0] for each in told] == ["events: no row of 2018-11-05 to 2018-11-07 (3 days)"]
    assert main(["status"]) == 0
    assert "missing       events: 3 days from 2018-11-05 to 2018-11-07\n" in capsys.readouterr().out
    log_day(lake, 36, 40)
    etl(**lake.there)
    assert missing(capsys) == [("2018-11-05", "2018-11-05"), ("2018-11-07", "2018-11-07")]
    log_day(lake, 35, 40)
    log_day(lake, 37, 40)
    etl(**lake.there)
    assert missing(capsys) == []
    assert told[1:] == [f"events: there are rows of 2018-11-{day} now" for day in ("06", "05", "07")]
    execute("UPDATE batches SET code_version = NULL WHERE batch_id = 1; DELETE FROM batch_columns WHERE batch_id = 2")
    log_day(lake, 50, 40)
    etl(**lake.there)
    assert (missing(capsys), len(told)) == ([], 4)  # an older release counted no days


def test_a_day_is_what_all_current_batches_have_of_it(lake: Lake, told: list[str]) -> None:
    log_day(lake, 35, 10)
    etl(**lake.there)
    assert told.pop().startswith("events: 10 rows of 2018-11-05, 75% fewer than the 40 of Mondays before")
    log_day(lake, 35, 36)  # the day as it is corrected
    etl(**lake.there)
    assert told.pop() == "events: 2018-11-05 had unusually many rows or few; 2018-11-05 has not"
    log_day(lake, 35, 36, name="-again")
    etl(**lake.there)
    assert told.pop().startswith("events: 72 rows of 2018-11-05, 80% more than the 40 of Mondays before")
    etl(**lake.there, full_refresh=True)
    assert [each.partition(",")[0] for each in told] == ["events: 72 rows of 2018-11-05"]


def test_a_policy_may_stop_a_run_until_somebody_accepts_it(
    lake: Lake, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = replace(DATASETS["events"], drift=DriftPolicy(volume=VolumePolicy(unusual="fail", missing="fail")))
    monkeypatch.setattr(keys, "DATASETS", {**DATASETS, "events": strict})
    log_day(lake, 35, 10)
    log_day(lake, 37, 40)
    with pytest.raises(LakeChanged, match=r"no row of 2018-11-06.*\n.*10 rows of 2018-11-05"):
        etl(**lake.there)
    assert (told, fetch("SELECT MAX(batch_id) FROM batch_columns")) == ([], [(1,)])
    etl(**lake.there, accept_drift=True)
    assert len(told) == 2
