"""A run that dies in a transaction that writes, or between two: readers see the old star or the new one, no mixture.

To the database a crash inside one transaction is the same at each of its statements: none of them has happened. So a
run dies once in each, before its COMMIT, and once after that; `test_every_statement` lets it die at all of them. Until
the new star is there, the next run starts from what the dead one left, and has to come farther.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from expectations.pages.store import DataDocs
from expectations.running.checks import Check, Lendable
from expectations.running.results import SuiteResult
from expectations.running.run import run_suites
from tests import stages
from tests.crash.committed import committed
from tests.crash.conftest import SecondBatch, restore
from tests.crash.watched import Died, die, ends_what_writes, save_block, strikes
from tests.stages import bare_stages


@pytest.fixture
def suites_that_remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suites that are run once for the same rows, which each run stages anew."""
    known: dict[str, list[SuiteResult]] = {}

    def run(
        connection: Lendable, checks: Sequence[Check], docs: DataDocs | None, begin: Callable[[Check], object]
    ) -> list[SuiteResult]:
        with connection.lend() as lent, lent.cursor() as cursor:
            rows = []
            for check in checks:
                cursor.execute(check.query)
                rows.append(sorted(map(str, cursor.fetchall())))
        asked = str((checks, rows))
        if asked not in known:
            known[asked] = run_suites(connection, checks, docs, begin)
        return known[asked]

    monkeypatch.setattr(stages, "run_suites", run)


def test_a_run_that_dies_in_any_transaction_or_between_two_leaves_one_star_and_the_next_run_completes_it(
    second_batch: SecondBatch, suites_that_remember: None
) -> None:
    left = []
    with bare_stages():
        save_block()
        for strike in strikes(ends_what_writes, die):
            with suppress(Died):
                second_batch.run(strike)
            left.append(committed())
            assert left[-1] in (second_batch.old, second_batch.new), strike.at
            if left[-1] == second_batch.new:
                second_batch.run()
                assert committed() == second_batch.new, strike.at
                restore()
    assert len(left) > 12
    assert {star == second_batch.old for star in left} == {True, False}
