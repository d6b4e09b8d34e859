"""COMMIT of a batch: where its answer is not heard, the ledger tells what became of it."""

import signal
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import closing
from typing import cast

import psycopg2
import pytest
from prefect.exceptions import TerminationSignal

from tasks.batch import OUTCOME, Batch, open_batch
from tasks.provision.integrity import prepare_tables
from tasks.publish.publication import commit
from tests.stages import bare_stages
from tests.state import execute, fetch, forget_everything
from warehouse import Warehouse, WarehouseConnection, WarehouseUnavailable, open_warehouse

PUBLISHED = "UPDATE batches SET status = 'published'"
LOST = psycopg2.OperationalError("server closed the connection unexpectedly")


class Signal(BaseException):
    """What the handler of a signal raises."""


class Deaf:
    """A connection whose COMMIT raises an error, carried out or not."""

    def __init__(self, error: BaseException, *, is_carried_out: bool) -> None:
        self.error = error
        self.is_carried_out = is_carried_out

    def commit(self) -> None:
        if self.is_carried_out:
            execute(PUBLISHED)
        raise self.error


@pytest.fixture
def batch() -> Iterator[Batch]:
    """A batch that is about to be published."""
    forget_everything()
    with bare_stages():
        prepare_tables(open_warehouse("local"))
        OUTCOME.set("nothing was published")
        yield open_batch(open_warehouse("local"))


def commit_deaf(batch: Batch, error: BaseException, *, is_carried_out: bool, target: Warehouse | None = None) -> str:
    """Commit without hearing the answer, and return what the run knows of the batch then."""
    star = cast("WarehouseConnection", Deaf(error, is_carried_out=is_carried_out))
    commit(star, target or open_warehouse("local"), batch)
    return OUTCOME.get()


def test_a_batch_whose_commit_is_answered_is_published(batch: Batch) -> None:
    target = open_warehouse("local")
    with closing(target.connect()) as star, star.cursor() as cursor:
        cursor.execute(PUBLISHED)
        commit(star, target, batch)
    assert (fetch("SELECT status FROM batches"), OUTCOME.get()) == ([("published",)], "batch 1 is published")


def test_a_lost_answer_to_a_commit_that_was_carried_out_is_no_failure(batch: Batch) -> None:
    assert commit_deaf(batch, LOST, is_carried_out=True) == "batch 1 is published"


def test_a_commit_that_was_not_carried_out_may_be_tried_again(batch: Batch) -> None:
    with pytest.raises(psycopg2.OperationalError, match="server closed the connection"):
        commit_deaf(batch, LOST, is_carried_out=False)
    assert (fetch("SELECT status FROM batches"), OUTCOME.get()) == ([("running",)], "nothing was published")


def test_a_commit_of_which_nobody_can_tell_says_where_to_look(batch: Batch) -> None:
    class Unreachable:
        def connect(self) -> WarehouseConnection:
            raise WarehouseUnavailable("it cannot be reached")

    target = cast("Warehouse", Unreachable())
    unknown = "server closed the connection unexpectedly; whether batch 1 was published is not known"
    with pytest.raises(WarehouseUnavailable, match=f"{unknown}.*a new run loads what is missing"):
        commit_deaf(batch, LOST, is_carried_out=False, target=target)


@pytest.mark.parametrize(
    ("is_carried_out", "status", "fate"),
    [(True, "published", "batch 1 is published"), (False, "failed", "nothing was published")],
)
def test_a_signal_during_commit_ends_the_run_which_says_what_became_of_the_batch(
    batch: Batch, is_carried_out: bool, status: str, fate: str
) -> None:
    with pytest.raises(Signal):
        commit_deaf(batch, Signal(), is_carried_out=is_carried_out)
    assert (fetch("SELECT status FROM batches"), OUTCOME.get()) == ([(status,)], fate)


@pytest.mark.parametrize("error", [CancelledError(), psycopg2.OperationalError("it was cut off")])
def test_a_signal_that_became_another_error_ends_the_run_all_the_same(batch: Batch, error: BaseException) -> None:
    error.__cause__ = TerminationSignal(signal.SIGTERM)
    with pytest.raises(type(error)):
        commit_deaf(batch, error, is_carried_out=True)
    assert (fetch("SELECT status FROM batches"), OUTCOME.get()) == ([("published",)], "batch 1 is published")
