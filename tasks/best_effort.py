"""What a run does beside its work, such as reporting to Prefect's server: a failure there is a warning, no more.

Whether a batch is published is decided by the warehouse, never by whether it can be reported.
"""

from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

import httpx
from prefect import runtime
from prefect.settings import PREFECT_API_URL

from tasks.batch import OUTCOME
from tasks.failures import interrupt_behind, message_of
from tasks.run_log import run_logger
from warehouse import in_one_line

_UNREACHABLE: ContextVar[str] = ContextVar("unreachable", default="")
"""The last run that has warned of a server that cannot be reached."""


@contextmanager
def best_effort(undone: str, remedy: str) -> Iterator[None]:
    """Run the body; if it fails, warn what was not done, why, and what to do, and go on.

    A time limit that is reached in the body only ends the body. Cancelling or interrupting the run ends the run, also
    where Prefect waited for its server meanwhile, and turned the interrupt into another error.
    """
    try:
        yield
    except (Exception, CancelledError) as error:
        if interrupt := interrupt_behind(error):
            raise interrupt from error
        if isinstance(error, httpx.TransportError):
            warn_unreachable(error)
            return
        why = "; ".join(message_of(error).split("\n"))
        run_logger().warning("%s: %s; %s", undone, why, remedy)


def warn_unreachable(error: Exception) -> None:
    """Warn, once in a run, that Prefect's server cannot be reached: it will not show how the run goes on."""
    run_id = str(runtime.flow_run.id)
    if _UNREACHABLE.get() != run_id:
        _UNREACHABLE.set(run_id)
        known = f"; {OUTCOME.get()} all the same" if OUTCOME.get() else ""
        run_logger().warning("%s; its pages of this run stay incomplete%s", unreachable(error), known)


def unreachable(error: Exception) -> str:
    """Name Prefect's server and why it cannot be reached."""
    server = urlsplit(PREFECT_API_URL.value() or "")
    where = f"{server.scheme}://{server.netloc.rpartition('@')[2]}{server.path}"  # without a password
    return f"Prefect's server at {where} cannot be reached ({in_one_line(error)})"
