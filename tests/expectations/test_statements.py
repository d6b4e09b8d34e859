"""What suites send: few statements, each a round trip, and always the same, so that Redshift compiles each once."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import sqlalchemy

from expectations.running.checks import Check, batch_checks, staging_checks
from expectations.running.run import run_suites
from tests.expectations.rows import execute
from tests.expectations.test_run import SaidToBe, begin_batch_2
from tests.variants import often
from warehouse import WarehouseConnection

STAGING, WRITTEN = staging_checks(["events", "songs"]), batch_checks(["events", "songs"])
MOST = 17
"""Two for each of the ten suites: columns and rows, then all numbers; only the latter for the three of queries."""


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """All that is sent through SQLAlchemy."""
    statements: list[str] = []

    def note(*execution: Any) -> None:
        statements.append(execution[2] % execution[3] if execution[3] else execution[2])

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", note)
    yield statements
    sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", note)


@pytest.mark.slow
@pytest.mark.parametrize("engine", often(["redshift", "postgresql"], other=pytest.mark.slow))
def test_the_suites_of_a_batch_send_few_statements(
    good_rows: WarehouseConnection, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    lent_cursor = type(good_rows).cursor

    def cursor(self: WarehouseConnection, *args: Any, **kwargs: Any) -> Any:
        opened.append(self)
        return lent_cursor(self, *args, **kwargs)

    monkeypatch.setattr(type(good_rows), "cursor", cursor)
    for checks in (STAGING, WRITTEN):
        assert not any(result.failed for result in run_suites(SaidToBe(engine, good_rows), checks))
    assert len(opened) == MOST  # a cursor for each


def test_a_suite_is_one_scan_and_a_count_whatever_its_rules(good_rows: WarehouseConnection, sent: list[str]) -> None:
    run_suites(good_rows, [check for check in WRITTEN if check.table == "songplays"])
    shape, numbers = sent
    assert (shape.count("count(*)"), "LIMIT 0" in shape) == (1, True)
    assert numbers.count("AS part_") == 8
    assert numbers.count("sum(CASE") == 18


def test_a_suite_sends_the_same_in_whatever_order_its_numbers_come(
    good_rows: WarehouseConnection, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from expectations.running.engine import LentDatasource, LentEngine  # noqa: PLC0415 - takes seconds to import

    class Backwards(LentEngine):
        def resolve_metric_bundle(self, metric_fn_bundle: Iterable[Any]) -> dict[Any, Any]:
            return super().resolve_metric_bundle(reversed(list(metric_fn_bundle)))

    check = [Check("artists", "SELECT * FROM artists")]
    run_suites(good_rows, check)
    forwards, sent[:] = [*sent], []
    monkeypatch.setattr(LentDatasource, "execution_engine_override", Backwards)
    assert run_suites(good_rows, check)[0].failed == 0
    assert sent == forwards


def test_what_a_query_finds_and_what_is_found_in_rows_is_told_apart(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "UPDATE songplays SET level = 'gold', song_title = 'Else', songplay_id = 'x'")
    execute(good_rows, "DELETE FROM users")
    [result] = run_suites(good_rows, [check for check in WRITTEN if check.table == "songplays"])
    assert [(each.expectation, each.unexpected_count) for each in result.violations] == [
        ("songplay_id_is_derived", 2),
        ("expect_column_values_to_be_in_set", 2),
        ("user_is_known", 2),
        ("song_is_the_one_played", 1),
    ]


@pytest.mark.slow
def test_the_suites_of_another_batch_at_another_time_send_the_same(
    good_rows: WarehouseConnection, sent: list[str]
) -> None:
    run_suites(good_rows, [*STAGING, *WRITTEN])
    first, sent[:] = [*sent], []
    begin_batch_2(good_rows)
    run_suites(good_rows, [*staging_checks(["events", "songs"]), *batch_checks(["events", "songs"])])
    assert (len(first), sent) == (MOST, first)
