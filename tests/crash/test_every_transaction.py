"""A run that dies in any of its transactions, or between two: readers see the old star or the new one, never a mixture.

To the database a crash inside one transaction is the same at each of its statements: none of them has happened. So a
run dies once in each, before its COMMIT, and once after that; `test_every_statement` lets it die at all of them.
"""

from contextlib import suppress

from tests.crash.books import committed
from tests.crash.conftest import SecondBatch, restore
from tests.crash.watched import Died, Moment, die, strikes
from tests.stages import bare_stages


def ends_a_transaction(moment: Moment) -> bool:
    """Tell whether a transaction is about to end, or has, that did more than set up a connection."""
    return moment.statement.startswith("COMMIT") and "SET search_path" not in moment.statement


def test_a_run_that_dies_in_any_transaction_or_between_two_leaves_one_star_and_the_next_run_completes_it(
    second_batch: SecondBatch,
) -> None:
    left = []
    with bare_stages():
        for strike in strikes(ends_a_transaction, die):
            restore()
            with suppress(Died):
                second_batch.run(strike)
            left.append(committed())
            assert left[-1] in (second_batch.old, second_batch.new), strike.at
            second_batch.run()
            assert committed() == second_batch.new, strike.at
    assert len(left) > 16
    assert {star == second_batch.old for star in left} == {True, False}
