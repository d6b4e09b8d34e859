"""A run samples the keys of new files, keeps what it saw, and tells or refuses what has changed."""

import pytest

from cli.__main__ import main
from flows.etl import etl
from tasks.validate import keys
from tests.flows.lakes import EVENT, Lake
from tests.log_lines import warnings_of
from tests.state import fetch
from warehouse import LakeChanged

pytestmark = pytest.mark.usefixtures("warehouse")
KEYS = "SELECT key_name, first_batch_id, last_batch_id, types FROM seen_keys WHERE dataset = 'events' ORDER BY 1"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged of keys."""
    lines = warnings_of(keys, monkeypatch)
    monkeypatch.setattr(keys, "emit_event", lambda name, **_: lines.append(name))
    return lines


def test_a_new_key_is_told_once_and_listed_by_the_status(
    lake: Lake, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    etl(**lake.there)
    assert told == []
    assert fetch(KEYS) == [(name, 1, 1, kind) for name, kind in sorted(_types().items())]
    for day in (13, 14):
        lake.log(f"2018-11-{day}", {"device": {"os": "x"}, "itemInSession": day})
        etl(**lake.there)
    assert [line.partition(" (")[0] for line in told] == [
        "events: key 'device' is new, and no column takes it",
        "sparkify.keys.changed",
    ]
    assert ("device", 2, 3, "object") in fetch(KEYS)
    assert main(["status"]) == 0
    assert "drift         events: key 'device': no column takes it; batches 2 to 3 had it, as object" in (
        capsys.readouterr().out
    )


def _types() -> dict[str, str]:
    return {name: "string" if isinstance(value, str) else "number" for name, value in EVENT.items()}


def test_a_run_may_be_told_to_fail_at_unknown_keys(lake: Lake) -> None:
    lake.log("2018-11-13", {"device": "x", "itemInSession": 1})
    with pytest.raises(LakeChanged, match="events: key 'device' is new, and no column takes it"):
        etl(**lake.there, unknown_keys="fail")
    assert fetch("SELECT COUNT(*) FROM seen_keys") == [(0,)]
    assert fetch("SELECT status FROM batches") == [("failed",)]


def test_objects_in_the_place_of_values_stop_a_run_before_the_star_has_them(lake: Lake) -> None:
    etl(**lake.there)
    lake.log("2018-11-13", {"song": {"title": "A"}, "itemInSession": 1})
    with pytest.raises(LakeChanged, match="key 'song' is object now, and was string"):
        etl(**lake.there)
    assert fetch("SELECT song_title FROM songplays") == [("Mercy:The Laundromat",)]


def test_a_dry_run_remembers_nothing(lake: Lake) -> None:
    etl(**lake.there, dry_run=True)
    assert fetch("SELECT COUNT(*) FROM seen_keys") == [(0,)]
