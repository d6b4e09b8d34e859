"""The flow under each habit that Redshift may have: bad lines are named, or quarantined, and no run fails for less."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import combinations

import psycopg2.extensions
import pytest

from flows.etl import etl
from tests.redshift_mode.conftest import WAREHOUSES, CloudLake
from tests.redshift_mode.emulated import PASSWORD, WIRE
from tests.redshift_mode.habits import ERRORS, HABITS, TELL_ROWS, Habit, in_habit, read_recorded
from tests.state import fetch
from warehouse import CopyError, WarehouseUnavailable

LEDGER = "SELECT rows_scanned, rows_loaded, rows_quarantined FROM loaded_files WHERE dataset = 'events' ORDER BY url"
OFTEN = ("COPY says nothing of what it did",)
CLUSTER, SERVERLESS = WAREHOUSES
KINDS = {"cluster": CLUSTER, "serverless": SERVERLESS}
"""What the name of a recorded file begins with, and the kind of warehouse that it is of."""
HISTORY = {CLUSTER: "stl_load_commits", SERVERLESS: "sys_load_detail"}
"""The view that each kind of warehouse reads the rows of files from."""


def _case(warehouse: str, names: Iterable[str], *marks: pytest.MarkDecorator) -> object:
    return pytest.param(
        warehouse, {name: HABITS[name] for name in names}, marks=marks, id=f"{warehouse}, {'; '.join(names)}"
    )


def _fours() -> Iterator[tuple[str, ...]]:
    """Take four habits at a time, until each pair has been together."""
    apart = set(combinations(HABITS, 2))
    while apart:
        four = max(combinations(HABITS, 4), key=lambda names: len(apart & set(combinations(names, 2))))
        apart -= set(combinations(four, 2))
        yield four


CASES = [
    *(_case(SERVERLESS, [name]) for name in OFTEN),
    *(_case(SERVERLESS, [name], pytest.mark.long) for name in HABITS if name not in OFTEN),
    *(_case(SERVERLESS, four, pytest.mark.slow) for four in _fours()),
    *(_case(SERVERLESS, pair, pytest.mark.long) for pair in combinations(HABITS, 2)),
    *(_case(CLUSTER, [name], pytest.mark.long) for name in HABITS),
    *(
        pytest.param(KINDS[name.partition("-")[0]], habits, id=f"as recorded in {name}")
        for name, habits in read_recorded().items()
    ),
]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for what comes late sooner than a run does."""
    monkeypatch.setattr("tasks.stage.counting.PAUSES_S", (0.0, 0.4, 0.8))
    monkeypatch.setattr("tasks.stage.load_errors.PAUSES_S", (0.0, 0.4, 0.4, 0.4, 0.4))


@pytest.mark.parametrize(("warehouse", "habits"), CASES)
def test_bad_lines_are_named_or_quarantined_and_all_others_loaded(
    cloud: CloudLake, warehouse: str, habits: Mapping[str, Habit]
) -> None:
    url = cloud.log("2018-11-13", {"sessionId": 2}, {"level": "premium"})
    with ExitStack() as active:
        for habit in habits.values():
            active.enter_context(in_habit(habit))
        with pytest.raises(CopyError, match=f"^{url} line 2, column \"level\": 'premium' is too long"):
            etl(warehouse=warehouse)
        etl(warehouse=warehouse, quarantine_budget=0.5)
    assert fetch("SELECT session_id FROM songplays ORDER BY 1") == [(2,), (345,)]
    assert fetch("SELECT url, line_number, column_name FROM quarantine") == [(url, 2, "level")]
    unknown = [(None, None, 0), (None, None, 1)]
    is_told = all(name in TELL_ROWS or HISTORY[warehouse] not in habit.views for name, habit in habits.items())
    assert fetch(LEDGER) == ([(1, 1, 0), (2, 1, 1)] if is_told else unknown)


def test_a_login_that_the_server_takes_no_more_is_renewed_and_sessions_that_are_open_go_on(cloud: CloudLake) -> None:
    def expire(_: psycopg2.extensions.cursor) -> None:
        WIRE.refused.add(WIRE.dialled[-1]["password"])

    WIRE.faults += [("INSERT INTO batches", expire), ("COPY staging_songs", expire), ("INSERT INTO songplays", expire)]
    assert etl(warehouse=CLUSTER).headline.startswith("Batch 1: 1 events, 1 songs loaded")
    assert WIRE.faults == []
    assert len(WIRE.refused) == 3


def test_a_login_that_is_refused_as_soon_as_it_is_given_is_no_good(cloud: CloudLake) -> None:
    WIRE.refused.add(PASSWORD)
    with pytest.raises(WarehouseUnavailable, match="the login was not accepted"):
        etl(warehouse=SERVERLESS)
    assert len(WIRE.dialled) == 2


@pytest.mark.slow
def test_only_a_first_run_waits_for_what_is_compiled(cloud: CloudLake) -> None:
    WIRE.compilation_s = 0.01
    etl(warehouse=CLUSTER)
    cloud.log("2018-11-13", {"sessionId": 2})
    cloud.song("TRB", {"song_id": "SOAAAAA12A8C13C480"})
    etl(warehouse=CLUSTER)
    known = {*WIRE.compiled}
    cloud.log("2018-11-14", {"sessionId": 3, "userId": "12"}, {"sessionId": 3, "itemInSession": 1, "userId": "12"})
    cloud.song("TRC", {"song_id": "SOBBBBB12A8C13C480", "title": "Another"})
    assert etl(warehouse=CLUSTER).headline.startswith("Batch 3: 2 events, 1 songs loaded")
    assert WIRE.compiled - known == set()


def test_lines_whose_evidence_never_comes_are_not_passed_over(cloud: CloudLake) -> None:
    cloud.log("2018-11-13", {"sessionId": 2}, {"level": "premium"})
    told = "^COPY refused 1 line of events, and the load history of the warehouse tells 0 of them; nothing was loaded"
    with in_habit(Habit(ERRORS, "FALSE")), pytest.raises(CopyError, match=told):
        etl(warehouse=CLUSTER, quarantine_budget=0.5)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]
