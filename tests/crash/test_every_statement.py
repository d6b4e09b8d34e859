"""A run that dies at any of its statements: readers see the old star or the new one, never a mixture."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2.extensions
import pytest

from tests.crash.books import committed
from tests.crash.conftest import SecondBatch, restore
from tests.crash.watched import Died, Moment, death
from warehouse import postgres_server
from warehouse.local import home

DEBRIS = """
    SELECT (SELECT ARRAY_AGG(e::text ORDER BY e::text) FROM staging_events AS e),
        (SELECT ARRAY_AGG(s::text ORDER BY s::text) FROM staging_songs AS s),
        (SELECT status FROM batches ORDER BY batch_id DESC LIMIT 1)
"""
"""What a dead run may leave behind and the next one finds, beside the star and its books."""


def debris() -> list[tuple[object, ...]]:
    with (
        closing(postgres_server.connect(postgres_server.start(home()), psycopg2.extensions.connection)) as reader,
        reader.cursor() as cursor,
    ):
        cursor.execute("SET search_path TO sparkify")
        cursor.execute(DEBRIS)
        return list(cursor.fetchall())


def every_moment(statements: tuple[str, ...]) -> Iterator[Moment]:
    """All moments of a run: to die after a statement is to die before the next, so that only the last has an after."""
    yield from (Moment(number, "before") for number in range(1, len(statements) + 1))
    yield Moment(len(statements), "after")


@pytest.mark.timeout(900)
def test_a_run_that_dies_at_any_statement_leaves_one_star_and_the_next_run_completes_it(
    second_batch: SecondBatch,
) -> None:
    recovered_from = []
    for moment in every_moment(second_batch.statements):
        strike = death(moment)
        with pytest.raises(Died):
            second_batch.run(strike)
        assert strike.happened
        left = (committed(), debris())
        assert left[0] in (second_batch.old, second_batch.new), moment
        if left not in recovered_from:
            recovered_from.append(left)
            second_batch.run()
            assert committed() == second_batch.new, moment
        if committed() == second_batch.new:
            restore()
    assert {left[0] == second_batch.new for left in recovered_from} == {True, False}
