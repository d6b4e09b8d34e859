"""The flow under each habit that Redshift may have: bad lines are named, or quarantined, and no run fails for less."""

from contextlib import ExitStack
from itertools import combinations

import pytest

from flows.etl import etl
from tests.redshift_mode.conftest import WAREHOUSES, CloudLake
from tests.redshift_mode.habits import ERRORS, HABITS, TELL_ROWS, Habit, in_habit
from tests.state import fetch
from warehouse import CopyError

LEDGER = "SELECT rows_scanned, rows_loaded, rows_quarantined FROM loaded_files WHERE dataset = 'events' ORDER BY url"
PAIRS = [pair for pair in combinations(HABITS, 2) if not {*HABITS[pair[0]].views} & {*HABITS[pair[1]].views}]
"""Pairs of habits, but not of one view: the later one would have it."""
OFTEN = ("load errors come late", "the rows of files never come", "COPY says nothing of what it did")
CASES = [
    *((name,) for name in OFTEN),
    *(pytest.param((name,), marks=pytest.mark.slow) for name in HABITS if name not in OFTEN),
    *(pytest.param(pair, marks=pytest.mark.slow) for pair in PAIRS),
]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for what comes late sooner than a run does."""
    monkeypatch.setattr("tasks.stage.counting.PAUSES_S", (0.0, 0.4, 0.8))
    monkeypatch.setattr("tasks.stage.load_errors.PAUSES_S", (0.0, 0.4, 0.4, 0.4, 0.4))


@pytest.mark.parametrize("warehouse", [pytest.param(WAREHOUSES[0], marks=pytest.mark.slow), WAREHOUSES[1]])
@pytest.mark.parametrize("names", CASES, ids="; ".join)
def test_bad_lines_are_named_or_quarantined_and_all_others_loaded(
    cloud: CloudLake, names: tuple[str, ...], warehouse: str
) -> None:
    url = cloud.log("2018-11-13", {"sessionId": 2}, {"level": "premium"})
    with ExitStack() as habits:
        for name in names:
            habits.enter_context(in_habit(HABITS[name]))
        with pytest.raises(CopyError, match=f"^{url} line 2, column \"level\": 'premium' is too long"):
            etl(warehouse=warehouse)
        etl(warehouse=warehouse, quarantine_budget=0.5)
    assert fetch("SELECT session_id FROM songplays ORDER BY 1") == [(2,), (345,)]
    assert fetch("SELECT url, line_number, column_name FROM quarantine") == [(url, 2, "level")]
    unknown = [(None, None, 0), (None, None, 1)]
    assert fetch(LEDGER) == ([(1, 1, 0), (2, 1, 1)] if TELL_ROWS.issuperset(names) else unknown)


def test_lines_whose_evidence_never_comes_are_not_passed_over(cloud: CloudLake) -> None:
    cloud.log("2018-11-13", {"sessionId": 2}, {"level": "premium"})
    told = "^COPY refused 1 line of events, and the load history of the warehouse tells 0 of them; nothing was loaded"
    with in_habit(Habit(ERRORS, "FALSE")), pytest.raises(CopyError, match=told):
        etl(warehouse=WAREHOUSES[0], quarantine_budget=0.5)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]
