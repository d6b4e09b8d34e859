"""A run that dies at any of its statements: readers see the old star or the new one, never a mixture."""

import os
from collections.abc import Iterator
from contextlib import closing, nullcontext, suppress
from typing import Any

import psycopg2.extensions
import pytest

from expectations.running.results import ExpectationsFailed
from local_redshift import postgres_server
from tests.crash.committed import Committed, committed
from tests.crash.conftest import SecondBatch, restore
from tests.crash.watched import WATCH, Died, Moment, die, strikes
from tests.stages import bare_stages
from warehouse.home import home

pytestmark = pytest.mark.slow
IS_LONG = os.environ.get("SPARKIFY_TEST_STRIDE") == "1"


@pytest.fixture(autouse=True)
def by_stages() -> Iterator[None]:
    """Flows by their stages, which ask the warehouse all but the suites' questions; `make test-long` asks those too."""
    with nullcontext() if IS_LONG else bare_stages():
        yield


DEBRIS = """
    SELECT (SELECT ARRAY_AGG(e::text ORDER BY e::text) FROM staging_events AS e),
        (SELECT ARRAY_AGG(s::text ORDER BY s::text) FROM staging_songs AS s),
        (SELECT status FROM batches ORDER BY batch_id DESC LIMIT 1)
"""
"""What a dead run may leave behind and the next one finds, beside the star and its ledger."""


def debris() -> list[tuple[object, ...]]:
    with (
        closing(postgres_server.open_session(home(), psycopg2.extensions.connection)) as reader,
        reader.cursor() as cursor,
    ):
        cursor.execute("SET search_path TO sparkify")
        cursor.execute(DEBRIS)
        return list(cursor.fetchall())


KINDS: dict[str, dict[str, Any]] = {
    "with rows to quarantine": {},
    "from scratch": {"full_refresh": True},
    "over its budget": {"quarantine_budget": 0.0},
}
"""What runs there are: each of them dies at every statement that no kind before it had."""


@pytest.mark.timeout(4 * 3600)
def test_a_run_that_dies_at_any_statement_leaves_one_star_and_the_next_run_completes_it(
    second_batch: SecondBatch,
) -> None:
    died_at, is_published = set[str](), set[bool]()
    for kind, options in KINDS.items():
        restore()
        with suppress(ExpectationsFailed):
            second_batch.run(**options)
        published, asked = committed(), set(WATCH.asked)
        assert asked - died_at, kind
        for words, left in deaths(second_batch, options, published, frozenset(died_at)):
            died_at.add(words)
            is_published.add(left != second_batch.old)
        assert asked <= died_at, kind
    assert is_published == {True, False}


def _leaves_something(moment: Moment) -> bool:
    return moment.when == "before" or moment.statement.startswith("COMMIT")


def deaths(
    second_batch: SecondBatch, options: dict[str, Any], published: Committed | None, known: frozenset[str]
) -> Iterator[tuple[str, Committed | None]]:
    """Let runs die before every statement that is not known yet; tell at which one, and what was committed then.

    To die after a statement is to die before the next; only after the last COMMIT there may be none.
    """
    recovered_from = []
    restore()
    for strike in strikes(lambda moment: moment.words not in known and _leaves_something(moment), die):
        with suppress(Died, ExpectationsFailed):
            second_batch.run(strike, **options)
        left = (committed(), debris())
        assert left[0] in (second_batch.old, published), strike.at
        if strike.at is None:
            assert left[0] == published
            return
        yield strike.at.words, left[0]
        if left not in recovered_from:
            recovered_from.append(left)
            second_batch.run()
            assert committed() in (second_batch.new, published), strike.at
        if committed() != second_batch.old:
            restore()
