"""What is tried again: a failure of the network or the server, never one of the data."""

import psycopg2
import pytest
from prefect import flow, task

from tasks.retries import RETRIES, backoff_with_jitter, is_transient

pytestmark = pytest.mark.usefixtures("prefect_server")


def times_tried(error: Exception) -> int:
    """Run a task that always fails in this way, and count how often it was run."""
    tries: list[int] = []

    @task(retries=RETRIES, retry_delay_seconds=0, retry_condition_fn=is_transient)
    def fail() -> None:
        tries.append(1)
        raise error

    @flow
    def run() -> None:
        fail()

    with pytest.raises(type(error)):
        run()
    return len(tries)


@pytest.mark.parametrize(
    "error",
    [
        psycopg2.OperationalError("gone"),
        ConnectionResetError("gone"),
        psycopg2.errors.UniqueViolation("pg_namespace"),
        psycopg2.InternalError("1023\nDETAIL:  Serializable isolation violation on table - 119371 (pid:3)"),
        psycopg2.InternalError("1018\nDETAIL:  Relation does not exist"),
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


def test_waits_double_and_vary() -> None:
    waits = backoff_with_jitter(RETRIES)
    assert [2**n <= wait <= 1.5 * 2**n for n, wait in enumerate(waits, 1)] == [True] * RETRIES
    assert waits != backoff_with_jitter(RETRIES)
