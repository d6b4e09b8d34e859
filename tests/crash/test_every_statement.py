"""A run that dies at any of its statements: readers see the old star or the new one, never a mixture."""

from contextlib import closing, suppress

import psycopg2.extensions
import pytest

from tests.crash.books import committed
from tests.crash.conftest import SecondBatch, restore
from tests.crash.watched import WATCH, Died, die, strikes
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


@pytest.mark.timeout(4 * 3600)
def test_a_run_that_dies_at_any_statement_leaves_one_star_and_the_next_run_completes_it(
    second_batch: SecondBatch,
) -> None:
    died_at, recovered_from = set[str](), []
    for strike in strikes(
        lambda moment: moment.when == "before", die
    ):  # to die after a statement is to die before the next
        with suppress(Died):
            second_batch.run(strike)
        left = (committed(), debris())
        assert left[0] in (second_batch.old, second_batch.new), strike.at
        if strike.at is None:
            assert left[0] == second_batch.new
            break
        died_at.add(strike.at.words)
        if left not in recovered_from:
            recovered_from.append(left)
            second_batch.run()
            assert committed() == second_batch.new, strike.at
        if committed() == second_batch.new:
            restore()
    assert set(WATCH.asked) <= died_at
    assert {left[0] == second_batch.new for left in recovered_from} == {True, False}
