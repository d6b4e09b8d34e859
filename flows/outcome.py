"""How a flow ends: the outcome of its recipe counts, whether or not it can be reported to Prefect's server.

A recipe that cannot succeed fails with one readable message, in the UI and in every alert.
"""

import signal
import time
from asyncio import CancelledError
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import httpx
import psycopg2
from prefect.context import FlowRunContext
from prefect.exceptions import Abort, TerminationSignal
from prefect.states import Failed

from expectations.running.results import ExpectationsFailed
from tasks.batch import NOTHING_PUBLISHED, OUTCOME
from tasks.best_effort import unreachable, warn_unreachable
from tasks.failures import interrupt_behind
from tasks.run_log import run_logger
from warehouse import WarehouseError, failure_message

P = ParamSpec("P")
R = TypeVar("R")
ENDS: ContextVar[list[Callable[[], Any]] | None] = ContextVar("ends", default=None)
"""The outcome of a recipe, for `run_to_outcome`: a function that returns its result, or raises its error."""


def readable_failure(recipe: Callable[P, R]) -> Callable[P, R]:
    """Make what is wrong with the data or the warehouse the message of the run's state, without Prefect's words around.

    Whoever calls the flow as a function still gets the exception. One that nobody expected stays as it is. Where
    Prefect's server has gone by the end of the recipe, the run ends at once, in no state that could belie its outcome.
    An interrupt ends it as one, also where Prefect made the error of a time limit of it. An error of a run that has
    published a batch has a note of that.
    """

    @wraps(recipe)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        OUTCOME.set("")
        started = time.monotonic()
        try:
            result = recipe(*args, **kwargs)
        except BaseException as raised:
            error = interrupt_behind(raised) or raised
            expected = _expected(error, time.monotonic() - started)
            stays = _note_what_stays(expected or error)
            _keep(expected or error)
            if isinstance(error, TerminationSignal) and OUTCOME.get() and ENDS.get() is None:
                run_logger().warning("the run was cancelled: %s", OUTCOME.get())
            if expected is None and error is raised:
                raise
            if expected is None:
                raise error from raised
            result = cast(
                "R", Failed(message=f"{failure_message(expected)}{stays}", data=expected)
            )  # Prefect raises its data again
        else:
            _keep(result)
        _require_server()
        return result

    return run


def _note_what_stays(error: BaseException) -> str:
    """Add a note to an error of a run that has published a batch, and return that as a further line of its message."""
    became = OUTCOME.get()
    if became in ("", NOTHING_PUBLISHED) or became in str(error):
        return ""
    if isinstance(error, Exception):  # an interrupt has its own
        error.add_note(became)
    return f"\n{became}"


def _keep(outcome: object) -> None:
    """Keep a result, or an error, for `run_to_outcome`."""

    def end() -> object:
        if isinstance(outcome, TerminationSignal):
            raise _with_outcome(KeyboardInterrupt(signal.SIGTERM))
        if isinstance(outcome, BaseException):
            raise _with_outcome(outcome) if isinstance(outcome, KeyboardInterrupt) else outcome
        return outcome

    ends = ENDS.get()
    if ends is not None:
        ends.append(end)


def _with_outcome(interrupt: KeyboardInterrupt) -> KeyboardInterrupt:
    if OUTCOME.get():
        interrupt.add_note(OUTCOME.get())
    return interrupt


def _expected(error: BaseException, after_s: float) -> Exception | None:
    """Return an expected error, with the cause and the remedy in its message; None for one that nobody expected."""
    if isinstance(error, TimeoutError) or (isinstance(error, CancelledError) and _has_timed_out(after_s)):
        # Prefect blames the limit of the task, also where that of the flow was reached
        became = OUTCOME.get() or NOTHING_PUBLISHED
        return TimeoutError(f"timed out after {after_s:.0f} s: its statements were cancelled, and {became}")
    if isinstance(error, httpx.TransportError):
        return ConnectionError(f"{unreachable(error)}; {OUTCOME.get() or NOTHING_PUBLISHED}; run again when it is back")
    is_expected = isinstance(error, WarehouseError | ExpectationsFailed | OSError | ValueError | psycopg2.Error)
    return cast("Exception", error) if is_expected else None


def _has_timed_out(after_s: float) -> bool:
    context = FlowRunContext.get()
    limit_s = context.flow.timeout_seconds if context and context.flow else None
    return limit_s is not None and after_s >= limit_s - 1


def _require_server() -> None:
    """End the run at once if the server is gone, after Prefect's own retries: the engine would fail it for that."""
    context = FlowRunContext.get()
    error = cast("Any", context.client).api_healthcheck() if context else None
    if isinstance(error, httpx.TransportError):
        warn_unreachable(error)
        raise Abort(unreachable(error))
