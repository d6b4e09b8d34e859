"""Suites on an open transaction: what they see, what they leave, what they say."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import psycopg2.extensions
import pytest
import sqlalchemy

from expectations.running.checks import Check, batch_checks, staging_checks, star_checks
from expectations.running.results import ExpectationsFailed, Violation, raise_if_critical
from expectations.running.run import run_suites
from tests.expectations.rows import execute, fetch, run_on_all
from tests.variants import often
from warehouse import WarehouseConnection, connect

EVERYTHING = [*staging_checks(["events", "songs"]), *batch_checks(["events", "songs"])]


def begin_batch_2(connection: WarehouseConnection) -> None:
    execute(
        connection,
        "INSERT INTO batches (batch_id, flow_run_id, flow_run_name, started_at, status) "
        "SELECT 2, flow_run_id, flow_run_name, started_at, status FROM batches",
    )


@dataclass(frozen=True)
class SaidToBe:
    """A connection that gives another engine than its own."""

    engine: str
    connection: WarehouseConnection

    @contextmanager
    def lend(self) -> Iterator[psycopg2.extensions.connection]:
        with self.connection.lend() as lent:
            yield lent


@pytest.mark.parametrize("engine", often(["redshift", "postgresql"], other=pytest.mark.slow))
def test_good_rows_pass_every_suite_in_the_order_asked_for(good_rows: WarehouseConnection, engine: str) -> None:
    results = run_suites(SaidToBe(engine, good_rows), EVERYTHING)
    assert [(result.table, result.passed, result.failed) for result in results] == [
        ("staging_events", 32, 0),
        ("staging_songs", 22, 0),
        ("artists", 9, 0),
        ("songs", 13, 0),
        ("time", 19, 0),
        ("users", 13, 0),
        ("songplays", 26, 0),
        ("reconciliation_events", 3, 0),
        ("reconciliation_songs", 2, 0),
        ("erased_users", 1, 0),
    ]


@pytest.mark.parametrize("engine", ["postgresql", "redshift"])
def test_a_violation_is_told_with_its_rows_and_the_query_that_finds_them(
    good_rows: WarehouseConnection, engine: str
) -> None:
    execute(good_rows, "UPDATE staging_events SET level = 'gold', length = 0 WHERE iteminsession = 1")
    [result] = run_suites(SaidToBe(engine, good_rows), staging_checks(["events"]))
    row = {
        "sessionid": 2,
        "iteminsession": 1,
        "ts": datetime(2018, 11, 30, 23, 59, 59, 796000),
        "userid": 8,
        "page": "NextSong",
    }
    asked = (
        "SELECT sessionid, iteminsession, ts, userid, page, {} FROM (SELECT * FROM staging_events) AS batch WHERE {}"
    )
    assert list(result.violations) == [
        Violation(
            table="staging_events",
            expectation="expect_column_values_to_be_in_set",
            column="level",
            severity="critical",
            description="level is free or paid",
            reason="is not one of free, paid",
            unexpected_count=1,
            examples=(row | {"level": "gold"},),
            query=asked.format("level", "level NOT IN ('free', 'paid')"),
            condition="level NOT IN ('free', 'paid')",
        ),
        Violation(
            table="staging_events",
            expectation="expect_column_values_to_be_between",
            column="length",
            severity="critical",
            description="a song lasts more than 0 and at most 3600 seconds",
            reason="is not more than 0 and at most 3600",
            unexpected_count=1,
            examples=(row | {"length": Decimal(0)},),
            query=asked.format("length", "length <= 0 OR length > 3600"),
            condition="length <= 0 OR length > 3600",
        ),
    ]


def test_a_rule_about_single_rows_says_what_they_meet_and_another_does_not(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "UPDATE staging_events SET song = NULL WHERE iteminsession = 1")
    execute(good_rows, "INSERT INTO staging_events SELECT * FROM staging_events")
    execute(good_rows, "UPDATE staging_events SET level = 'paid' WHERE ctid = (SELECT MIN(ctid) FROM staging_events)")
    violations = run_on_all(good_rows, "staging_events").violations
    assert [(each.expectation, each.condition, each.unexpected_count) for each in violations] == [
        ("play_has_song", "page = 'NextSong' AND song IS NULL", 2),
        ("event_has_one_content", None, 1),
    ]


def test_a_rule_is_told_by_its_own_name(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "DELETE FROM artists")
    [violation] = run_on_all(good_rows, "reconciliation_songs").violations
    assert (violation.expectation, violation.unexpected_count, violation.examples) == (
        "artist_is_loaded",
        2,
        (
            {"song_id": "SOBBBBBBBBBBBBBBBB", "artist_id": "ARAAAAAAAAAAAAAAAA"},
            {"song_id": "SOCCCCCCCCCCCCCCCC", "artist_id": "ARAAAAAAAAAAAAAAAA"},
        ),
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER TABLE users ADD COLUMN email VARCHAR(9)", "has email as column 10, where nothing is expected"),
        ("ALTER TABLE users DROP COLUMN gender", "has level as column 4, where gender is expected"),
    ],
)
def test_columns_that_are_not_as_documented_are_named(good_rows: WarehouseConnection, change: str, reason: str) -> None:
    execute(good_rows, change)
    reasons = {each.expectation: each.reason for each in run_on_all(good_rows, "users").violations}
    assert reasons["expect_table_columns_to_match_ordered_list"] == reason


def test_many_bad_rows_are_counted_but_only_twenty_are_examples(good_rows: WarehouseConnection) -> None:
    execute(
        good_rows,
        "INSERT INTO artists (artist_id, name, batch_id) SELECT 'AR' || i, '', 1 FROM generate_series(1, 30) AS i",
    )
    [violation] = run_on_all(good_rows, "artists").violations
    assert (violation.unexpected_count, len(violation.examples)) == (30, 20)


def test_a_suite_never_fetches_the_rows_it_checks(good_rows: WarehouseConnection) -> None:
    execute(
        good_rows,
        "INSERT INTO artists (artist_id, name, batch_id) SELECT 'AR' || i, 'A', 1 FROM generate_series(1, 300) AS i",
    )
    fetched: list[int] = []

    def note(*execution: sqlalchemy.CursorResult[object]) -> None:
        fetched.append(execution[1].rowcount)

    sqlalchemy.event.listen(sqlalchemy.Engine, "after_cursor_execute", note)
    try:
        run_on_all(good_rows, "artists")
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "after_cursor_execute", note)
    assert max(fetched) == 1


def test_the_transaction_stays_open_and_uncommitted(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "UPDATE users SET level = 'free'")
    run_suites(good_rows, EVERYTHING)
    gc.collect()
    assert good_rows.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INTRANS
    assert fetch(good_rows, "SELECT level FROM users") == [("free",)]
    good_rows.rollback()
    assert fetch(good_rows, "SELECT level FROM users") == [("paid",)]


def test_a_key_of_a_batch_is_checked_against_the_whole_table(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "INSERT INTO artists SELECT artist_id, name, location, latitude, longitude, 2 FROM artists")
    begin_batch_2(good_rows)
    results = run_suites(good_rows, batch_checks([]))
    assert [(each.table, v.expectation) for each in results for v in each.violations] == [
        ("artists", "artist_id_is_unique")
    ]


def test_rows_of_other_batches_are_left_alone(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "UPDATE users SET level = 'gold'")
    begin_batch_2(good_rows)
    assert [result.failed for result in run_suites(good_rows, batch_checks([]))] == [0, 0, 0, 0, 0, 0]
    assert [result.failed for result in run_suites(good_rows, star_checks())] == [0, 0, 0, 1, 0, 0]


def test_what_cannot_be_checked_has_failed_and_commits_nothing(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "UPDATE users SET level = 'free'")
    checks = [Check("users", "SELECT users.*, 1 / 0 FROM users"), *staging_checks(["events"])]
    results = run_suites(good_rows, checks)
    assert [(result.passed, result.failed) for result in results] == [(0, 13), (0, 32)]
    assert {(v.severity, v.checked, v.reason) for result in results for v in result.violations} == {
        ("critical", False, "could not be checked: division by zero")
    }
    with pytest.raises(ExpectationsFailed) as failure:
        raise_if_critical(results)
    assert str(failure.value) == (
        "users: could not be checked: division by zero (expect_table_columns_to_match_ordered_list: the columns of "
        "users are as documented, in order; and 44 more expectations)"
    )
    assert good_rows.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR
    good_rows.rollback()
    assert fetch(good_rows, "SELECT level FROM users") == [("paid",)]


@pytest.mark.parametrize("moment", often(["50805-05-14 12:06:36.123", "0044-03-15 10:00:00 BC", "infinity"]))
def test_a_violation_by_a_value_that_python_lacks_has_its_text(good_rows: WarehouseConnection, moment: str) -> None:
    execute(good_rows, f"UPDATE staging_events SET ts = '{moment}' WHERE iteminsession = 1")
    [violation] = run_on_all(good_rows, "staging_events").violations
    assert (violation.column, violation.checked, violation.unexpected_count) == ("ts", True, 1)
    assert violation.examples[0]["ts"] == moment


def unreadable(text: str | bytes | None, _: object) -> str | bytes | None:
    if text == "gold":
        raise ValueError("gold cannot be read")
    return text


@pytest.mark.usefixtures("loaded")
def test_an_expectation_that_raises_while_it_is_explained_is_told_with_what_it_raised() -> None:
    with closing(connect("local", schema="good_rows", read_only=False)) as connection:
        level = psycopg2.extensions.new_type((1043,), "LEVEL", unreadable)
        psycopg2.extensions.register_type(level, connection)
        execute(connection, "UPDATE staging_events SET level = 'gold' WHERE iteminsession = 1")
        results = run_suites(connection, staging_checks(["events"]))
    with pytest.raises(ExpectationsFailed) as failure:
        raise_if_critical(results)
    assert str(failure.value) == (
        "staging_events.level: could not be checked: gold cannot be read "
        "(expect_column_values_to_be_in_set: level is free or paid)"
    )


def test_an_expectation_on_a_column_that_is_gone_has_failed(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "ALTER TABLE artists DROP COLUMN latitude")
    violations = run_on_all(good_rows, "artists").violations
    assert [(violation.column, violation.checked) for violation in violations] == [(None, True), ("latitude", False)]
    assert "latitude" in violations[1].reason


def test_a_transaction_that_has_failed_already_is_the_callers_error(good_rows: WarehouseConnection) -> None:
    with pytest.raises(psycopg2.errors.UndefinedTable):
        execute(good_rows, "SELECT * FROM nowhere")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        run_suites(good_rows, star_checks())


def test_a_run_is_silent(
    good_rows: WarehouseConnection, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    execute(good_rows, "UPDATE users SET level = 'gold'")
    run_suites(good_rows, [*EVERYTHING[:3], Check("songs", "SELECT 1 / 0"), *EVERYTHING[5:7]])
    assert (capfd.readouterr(), caplog.records) == (("", ""), [])


def test_checks_name_their_rows_and_the_others_of_the_table() -> None:
    latest = "(SELECT MAX(batch_id) FROM batches)"
    assert [*staging_checks(["songs"]), *batch_checks(["events"])] == [
        Check("staging_songs", "SELECT * FROM staging_songs"),
        *(
            Check(
                table,
                f"SELECT * FROM {table} WHERE batch_id = {latest}",
                f"SELECT * FROM {table} WHERE batch_id <> {latest}",
            )
            for table in ("artists", "songs", "time", "users", "songplays")
        ),
        Check("reconciliation_events", "SELECT * FROM staging_events"),
        Check(
            "erased_users",
            "SELECT 'lake_events' AS table_name, userid AS user_id FROM lake_events "
            "WHERE batch_id = (SELECT MAX(batch_id) FROM batches) UNION ALL "
            "SELECT 'users' AS table_name, user_id AS user_id FROM users "
            "WHERE batch_id = (SELECT MAX(batch_id) FROM batches) UNION ALL "
            "SELECT 'songplays' AS table_name, user_id AS user_id FROM songplays "
            "WHERE batch_id = (SELECT MAX(batch_id) FROM batches)",
        ),
    ]
    assert star_checks()[0] == Check("artists", "SELECT * FROM artists")


def test_importing_the_package_does_not_import_great_expectations() -> None:
    modules = "expectations.running.run, expectations.running.results"
    script = f"import sys, {modules}; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event in ("socket.getaddrinfo", "socket.connect"):
        sys.exit(f"{event} {arguments}")

sys.addaudithook(refuse)
from contextlib import closing
from expectations.running.run import run_suites
from expectations.running.checks import star_checks
from warehouse import connect

with closing(connect("local", schema="good_rows", read_only=False)) as connection:
    assert not any(result.failed for result in run_suites(connection, star_checks()))
"""


@pytest.mark.slow
def test_a_run_uses_no_network(loaded: WarehouseConnection) -> None:
    done = subprocess.run([sys.executable, "-c", NO_NETWORK], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
