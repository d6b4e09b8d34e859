"""How a flow ends: what its recipe came to counts, whether or not Prefect's server can be told of it.

A recipe that cannot succeed ends with the one sentence that a person needs, in the UI and in every alert.
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
from tasks.batch import FATE
from tasks.best_effort import unreachable, warn_unreachable
from tasks.run_log import run_logger
from warehouse import WarehouseError, sentence

P = ParamSpec("P")
R = TypeVar("R")
ENDS: ContextVar[list[Callable[[], Any]] | None] = ContextVar("ends", default=None)
"""Where a recipe that has ended keeps how, for `told`: a function that returns its result, or raises its error."""


def ends_in_a_sentence(recipe: Callable[P, R]) -> Callable[P, R]:
    """Make what is wrong with the data or the warehouse the message of the run's state, without Prefect's words around.

    Whoever calls the flow as a function still gets the exception. One that nobody expected stays as it is. Where
    Prefect's server has gone by the end of the recipe, the run ends at once, in no state that could belie its outcome.
    """

    @wraps(recipe)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        FATE.set("")
        started = time.monotonic()
        try:
            result = recipe(*args, **kwargs)
        except BaseException as error:
            expected = _expected(error, time.monotonic() - started)
            _keep(expected or error)
            if isinstance(error, TerminationSignal) and FATE.get() and ENDS.get() is None:
                run_logger().warning("the run was cancelled: %s", FATE.get())
            if expected is None:
                raise
            result = cast("R", Failed(message=sentence(expected), data=expected))  # Prefect raises its data again
        else:
            _keep(result)
        _require_server()
        return result

    return run


def _keep(outcome: object) -> None:
    """Keep a result, or an error, for `told`."""

    def end() -> object:
        if isinstance(outcome, TerminationSignal):
            raise _with_fate(KeyboardInterrupt(signal.SIGTERM))
        if isinstance(outcome, BaseException):
            raise _with_fate(outcome) if isinstance(outcome, KeyboardInterrupt) else outcome
        return outcome

    ends = ENDS.get()
    if ends is not None:
        ends.append(end)


def _with_fate(interrupt: KeyboardInterrupt) -> KeyboardInterrupt:
    if FATE.get():
        interrupt.add_note(FATE.get())
    return interrupt


def _expected(error: BaseException, after_s: float) -> Exception | None:
    """Return an error that says all that a person needs in place of one that is no surprise; None for a surprise."""
    if isinstance(error, TimeoutError) or (isinstance(error, CancelledError) and _is_out_of_time(after_s)):
        # Prefect blames the limit of the task, also where that of the flow was reached
        became = FATE.get() or "nothing was published"
        return TimeoutError(f"out of time after {after_s:.0f} s: its statements were cancelled, and {became}")
    if isinstance(error, httpx.TransportError):
        return ConnectionError(
            f"{unreachable(error)}; {FATE.get() or 'nothing was published'}; run again when it is back"
        )
    is_expected = isinstance(error, WarehouseError | ExpectationsFailed | OSError | ValueError | psycopg2.Error)
    return cast("Exception", error) if is_expected else None


def _is_out_of_time(after_s: float) -> bool:
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
