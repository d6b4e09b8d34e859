"""When a task is worth trying again: after a failure of the network or the server, never after one of the data."""

import random

import psycopg2
from prefect import Task
from prefect.client.schemas.objects import State, TaskRun

RETRIES = 3

TRANSIENT = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    ConnectionError,
    psycopg2.errors.UniqueViolation,  # two runs create one table: no key of ours is enforced, only the catalog's are
)
CONFLICTS = ("1018", "1023")


def backoff_with_jitter(_retries: int) -> list[float]:
    """Return the seconds to wait before each retry: doubling, and up to half as long again."""
    return [2.0**attempt * random.uniform(1, 1.5) for attempt in range(1, RETRIES + 1)]  # noqa: S311


def is_transient(_task: Task[..., object], _run: TaskRun, state: State[object]) -> bool:
    """Tell whether a failed task may succeed when run again as it is."""
    error = state.result(raise_on_failure=False)
    if isinstance(error, psycopg2.errors.QueryCanceled):
        return False
    return isinstance(error, TRANSIENT) or (isinstance(error, psycopg2.Error) and is_conflict(error))


def is_conflict(error: psycopg2.Error) -> bool:
    """Tell whether a transaction of Redshift was undone because another one got in its way.

    Redshift gives no SQLSTATE of its own to such an error, only a number: 1023, a serializable isolation violation, or
    1018, a table that was made after the transaction began (Redshift guide, c_serial_isolation).
    """
    return str(error).removeprefix("ERROR:").strip().startswith(CONFLICTS)
