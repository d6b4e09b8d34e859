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


def backoff_with_jitter(_retries: int) -> list[float]:
    """Return the seconds to wait before each retry: doubling, and up to half as long again."""
    return [2.0**attempt * random.uniform(1, 1.5) for attempt in range(1, RETRIES + 1)]  # noqa: S311


def is_transient(_task: Task[..., object], _run: TaskRun, state: State[object]) -> bool:
    """Tell whether a failed task may succeed when run again as it is."""
    error = state.result(raise_on_failure=False)
    if isinstance(error, psycopg2.errors.QueryCanceled):
        return False
    return isinstance(error, TRANSIENT)
