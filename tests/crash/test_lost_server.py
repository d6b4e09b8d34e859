"""A run that loses the server at a statement: it ends well, or the next run does; never a mixture in between.

`make test` takes every COMMIT, where it matters whether its answer was heard, and some other statements;
SPARKIFY_TEST_STRIDE=1 takes all.
"""

import os
from collections.abc import Iterator, Sequence

import psycopg2
import pytest

from tests.crash.books import committed
from tests.crash.conftest import SecondBatch, restore
from tests.crash.watched import Moment, loss
from warehouse import WarehouseBusy

STRIDE = int(os.environ.get("SPARKIFY_TEST_STRIDE", "40"))


def moments(statements: Sequence[str]) -> Iterator[Moment]:
    """Before and after every so many-th statement, and every COMMIT."""
    for number, statement in enumerate(statements, 1):
        if number % STRIDE == 0 or statement == "COMMIT":
            yield from (Moment(number, "before"), Moment(number, "after"))


def commit_of(statements: Sequence[str], fragment: str) -> int:
    """Find the COMMIT of the transaction that holds the last statement with this fragment."""
    last = max(number for number, statement in enumerate(statements) if fragment in statement)
    return statements.index("COMMIT", last) + 1


@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("without_delay")
def test_a_lost_transaction_is_tried_again_and_a_run_that_cannot_go_on_leaves_the_work_to_the_next(
    second_batch: SecondBatch,
) -> None:
    statements = second_batch.statements
    provisioned, held = (
        commit_of(statements, "CREATE TABLE IF NOT EXISTS"),
        commit_of(statements, "INSERT INTO batches"),
    )
    published = Moment(commit_of(statements, "status = 'published'"), "after")
    for moment in moments(statements):
        restore()
        strike = loss(moment)
        try:
            second_batch.run(strike)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):  # before the run holds the warehouse
            assert provisioned < moment.number <= held
            assert committed() == second_batch.old
            second_batch.run()
        except WarehouseBusy:  # it cannot tell whether it was itself that published the batch
            assert moment == published
            assert committed() == second_batch.new
        assert strike.happened
        assert committed() == second_batch.new, moment
