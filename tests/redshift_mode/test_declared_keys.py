"""Suites find what breaks a declared key, though the planner believes that nothing does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy

from expectations.running.checks import Check, batch_checks, staging_checks, star_checks
from expectations.running.run import run_suites
from tests.expectations.rows import execute
from tests.expectations.test_run import SaidToBe, begin_batch_2
from tests.redshift_mode.believing import believe, unique_indexes
from tests.variants import often
from warehouse import WarehouseConnection

GUILELESS = {
    "SELECT DISTINCT user_id, level FROM users": "SELECT user_id, level FROM users",
    "SELECT k.user_id FROM (SELECT * FROM users WHERE level = 'free') AS k GROUP BY k.user_id HAVING COUNT(*) > 1": (
        "SELECT k.user_id FROM (SELECT * FROM users WHERE level = 'free') AS k WHERE 1 > 1"
    ),
    "SELECT songplays.user_id FROM songplays INNER JOIN users ON users.user_id = songplays.user_id": (
        "SELECT songplays.user_id FROM songplays WHERE NOT songplays.user_id IS NULL"
    ),
    "SELECT p.level FROM (SELECT user_id, level FROM songplays) AS p LEFT JOIN users ON users.user_id = p.user_id "
    "WHERE users.user_id IS NULL": (
        "SELECT p.level FROM (SELECT user_id, level FROM songplays) AS p LEFT JOIN users ON users.user_id = p.user_id "
        "WHERE p.user_id IS NULL"
    ),
}
WARY = (
    "SELECT DISTINCT level FROM users",
    "SELECT user_id, COUNT(*) FROM songplays GROUP BY user_id",
    "SELECT songplays.user_id, users.gender FROM songplays INNER JOIN users ON users.user_id = songplays.user_id",
    "SELECT p.level FROM staging_events AS p LEFT JOIN users ON users.user_id = p.userid WHERE users.user_id IS NULL",
)
LATER = "(SELECT MAX(batch_id) FROM batches)"
FAULTS: dict[str, tuple[str, str]] = {
    "twice in a batch": ("INSERT INTO {0} SELECT * FROM {0}", "one row per"),
    "again in a later batch": (
        "CREATE TEMP TABLE again ON COMMIT DROP AS SELECT * FROM {0}; "
        f"UPDATE again SET batch_id = {LATER}; INSERT INTO {{0}} SELECT * FROM again",
        "one row per",
    ),
}
KEYED = ("artists", "songs", "time", "users", "songplays")
ORPHANS = {
    "the user of every play is in users": "DELETE FROM users",
    "the start_time of every play is in time": "DELETE FROM time",
    "the song of every play, where it has one, is in songs": "DELETE FROM songs",
    "the artist of every play, where it has one, is in artists": "DELETE FROM artists",
    "the artist of every song is in artists": "DELETE FROM artists",
}


@contextmanager
def by_belief(sent: list[str], run: Callable[[str], str] = believe) -> Iterator[None]:
    """Let a planner that believes declared keys run what suites send."""

    def instead(_: object, cursor: Any, statement: str, parameters: Any, *__: object) -> tuple[str, Any]:
        sent.append(cursor.mogrify(statement, parameters or None).decode())
        return run(sent[-1]).replace("%", "%%"), {}

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", instead, retval=True)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", instead)


def broken(connection: WarehouseConnection, checks: list[Check], engine: str = "redshift") -> list[str]:
    """Run the suites under both planners that believe, and return what they say is broken."""
    execute(connection, unique_indexes())
    with by_belief([]):
        results = run_suites(SaidToBe(engine, connection), checks)
    violations = [violation for result in results for violation in result.violations]
    assert all(violation.checked for violation in violations), violations
    return [violation.description for violation in violations]


@pytest.fixture
def keyed_rows(good_rows: WarehouseConnection) -> WarehouseConnection:
    """Good rows of two batches, found by the indexes of their keys."""
    begin_batch_2(good_rows)
    for table in KEYED:
        execute(good_rows, f"SELECT redshift.build_indexes('{table}')")
    return good_rows


@pytest.mark.parametrize("fault", often(FAULTS, other=pytest.mark.slow))
@pytest.mark.parametrize("table", KEYED)
def test_suites_find_a_key_that_is_there_twice(keyed_rows: WarehouseConnection, table: str, fault: str) -> None:
    change, found = FAULTS[fault]
    if fault == "twice in a batch":
        execute(keyed_rows, f"UPDATE {table} SET batch_id = {LATER}")
    execute(keyed_rows, change.format(table))
    for checks in (batch_checks([]), star_checks()):
        [said] = broken(keyed_rows, [each for each in checks if each.table == table])
        assert said.startswith(f"{table} has {found}")


@pytest.mark.parametrize("description", often(ORPHANS, 2, pytest.mark.slow))
def test_suites_find_rows_that_refer_to_none(keyed_rows: WarehouseConnection, description: str) -> None:
    execute(keyed_rows, ORPHANS[description])
    execute(keyed_rows, f"UPDATE songplays SET batch_id = {LATER}; UPDATE songs SET batch_id = {LATER}")
    for checks in (batch_checks([]), star_checks()):
        assert description in broken(keyed_rows, [each for each in checks if each.table in ("songs", "songplays")])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql", "redshift"])
def test_there_is_nothing_to_believe_in_what_suites_send(good_rows: WarehouseConnection, engine: str) -> None:
    sent: list[str] = []
    datasets = ["events", "songs"]
    with by_belief(sent, lambda statement: statement):
        for checks in ([*staging_checks(datasets), *batch_checks(datasets)], star_checks()):
            run_suites(SaidToBe(engine, good_rows), checks)
    assert len(sent) > 25
    assert [believe(statement) for statement in sent] == sent


@pytest.mark.parametrize("statement", GUILELESS)
def test_a_planner_that_believes_leaves_out_what_keys_make_needless(statement: str) -> None:
    assert believe(statement) == GUILELESS[statement]


@pytest.mark.parametrize("statement", WARY)
def test_it_leaves_all_else_as_it_is(statement: str) -> None:
    assert believe(statement) == statement
