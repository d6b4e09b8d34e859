"""What is tried again: a failure of the network or the server, never one of the data."""

import signal

import psycopg2
import pytest
from prefect import flow
from prefect.exceptions import TerminationSignal

from tasks.retries import RETRIES, io_task

pytestmark = pytest.mark.usefixtures("prefect_server")


def times_tried(error: Exception) -> int:
    """Run a task that always fails in this way, and count how often it was run."""
    tries: list[int] = []

    @io_task("fail")
    def fail() -> None:
        tries.append(1)
        raise error

    @flow
    def run() -> None:
        fail.with_options(retry_delay_seconds=0)()

    with pytest.raises(type(error)):
        run()
    return len(tries)


@pytest.mark.parametrize(
    "error",
    [
        psycopg2.OperationalError("gone"),
        ConnectionResetError("gone"),
        psycopg2.errors.IdleInTransactionSessionTimeout("idle for too long"),
        psycopg2.errors.UniqueViolation("pg_namespace"),
        psycopg2.InternalError("1023\nDETAIL:  Serializable isolation violation on table - 119371 (pid:3)"),
        psycopg2.InternalError("1018\nDETAIL:  Relation does not exist"),
        psycopg2.InternalError("could not complete because of conflict with concurrent transaction\n"),
    ],
)
def test_a_lost_server_a_conflict_and_a_race_to_create_a_table_are_tried_again(error: Exception) -> None:
    assert times_tried(error) == 1 + RETRIES


@pytest.mark.parametrize(
    "error",
    [
        psycopg2.errors.QueryCanceled("too long"),
        psycopg2.InternalError("Load into table 't' failed.  1023 rows"),
        ValueError("bad data"),
    ],
)
def test_a_time_out_and_bad_data_are_not(error: Exception) -> None:
    assert times_tried(error) == 1


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(signal.SIGINT), TerminationSignal(signal.SIGTERM)])
def test_an_interrupt_that_became_a_lost_server_is_not_either(interrupt: BaseException) -> None:
    error = psycopg2.OperationalError("gone")
    error.__cause__ = interrupt
    assert times_tried(error) == 1


def test_waits_double_and_vary() -> None:
    @io_task("wait")
    def wait() -> None: ...

    assert wait.retry_delay_seconds == [2, 4, 8]
    assert wait.retry_jitter_factor == 0.5
