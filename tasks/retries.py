"""When a task is worth trying again: after a failure of the network or the server, never after one of the data."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import psycopg2
from prefect import Task
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import exponential_backoff

from tasks.failures import interrupt_behind
from tasks.steps import step

P = ParamSpec("P")
R = TypeVar("R")

RETRIES = 3
BACKOFF_S = 2
JITTER = 0.5

TRANSIENT = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    ConnectionError,
    psycopg2.errors.IdleInTransactionSessionTimeout,  # the worker's machine slept: nothing of it was done
    psycopg2.errors.UniqueViolation,  # two runs create one table: no key of ours is enforced, only the catalog's are
)
CONFLICTS = ("1018", "1023", "could not complete because of conflict with concurrent transaction")


def io_task(
    name: str, run_name: str | None = None, *, timeout_seconds: float | None = None
) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a task of a function that talks to the warehouse or the lake, and may do so again from its beginning.

    A transient failure is tried again after 2, 4 and 8 s, each with jitter. `run_name` may have fields for the
    function's arguments; it is `name` where there is none.
    """
    return step(
        name,
        run_name,
        timeout_seconds=timeout_seconds,
        retries=RETRIES,
        retry_delay_seconds=exponential_backoff(BACKOFF_S),
        retry_jitter_factor=JITTER,
        retry_condition_fn=is_transient,
    )


def is_transient(_task: Task[..., object], _run: TaskRun, state: State[object]) -> bool:
    """Return whether a failed task may succeed when run again as it is."""
    error = state.result(raise_on_failure=False)
    if not isinstance(error, Exception) or isinstance(error, psycopg2.errors.QueryCanceled) or interrupt_behind(error):
        return False
    return isinstance(error, TRANSIENT) or (isinstance(error, psycopg2.Error) and is_conflict(error))


def is_conflict(error: psycopg2.Error) -> bool:
    """Return whether Redshift rolled a transaction back for a conflict with another one.

    Redshift gives no SQLSTATE of its own to such an error, only a number: 1023, a serializable isolation violation, or
    1018, a table that was made after the transaction began (Redshift guide, c_serial_isolation); or words, as public
    reports have them of DDL and TRUNCATE, also where nobody else is at work.
    """
    return str(error).removeprefix("ERROR:").strip().startswith(CONFLICTS)
