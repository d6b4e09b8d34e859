"""How a command ends whose flow has ended: the outcome of the recipe counts, whether or not Prefect gets a report."""

from collections.abc import Callable
from contextlib import suppress

import httpx
from prefect.exceptions import Abort
from prefect.logging import get_logger
from prefect.logging.handlers import APILogWorker

from flows.outcome import ENDS, R
from tasks.best_effort import unreachable

SENT_S = 10.0


def run_to_outcome(run: Callable[[], R]) -> R:
    """Run a flow, and return what its recipe returned, or raise what it raised, also where Prefect ends otherwise.

    Raises:
        KeyboardInterrupt: a signal ended the recipe; its notes have the outcome of the batch.
        ConnectionError: Prefect's server could not be reached before the recipe ran.
    """
    ends: list[Callable[[], R]] = []
    before = ENDS.set(ends)
    try:
        result = run()
    except BaseException as error:
        if not ends:
            raise _readable(error) from error
        if isinstance(error, httpx.TransportError):
            get_logger("sparkify").warning("%s; its page shows the run as unfinished", unreachable(error))
        elif not isinstance(error, Abort):
            _send_the_rest()
    else:
        _send_the_rest()
    finally:
        ENDS.reset(before)
    return ends[-1]() if ends else result


def _readable(error: BaseException) -> BaseException:
    """Name the server that could not be reached; any other error stays as it is."""
    unheard = error.__cause__ if isinstance(error, RuntimeError) else error  # Prefect's "Failed to reach API"
    if isinstance(unheard, httpx.TransportError):
        return ConnectionError(f"{unreachable(unheard)}: start it, or correct PREFECT_API_URL")
    return error


def _send_the_rest() -> None:
    """Send the server what waits to be sent, for a while: log lines and events."""
    with suppress(KeyboardInterrupt):
        _, unsent = APILogWorker.drain_all(timeout=SENT_S)  # type: ignore[misc]  # it drains all services, events too
        if unsent:
            get_logger("sparkify").warning("Prefect's server is slow: its pages may lack log lines of this run")
