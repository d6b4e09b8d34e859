"""Run suites on the rows of an open transaction, and leave the transaction as it was.

Nothing here commits, decides or raises on a failed expectation: that is for the caller, who has the results.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from threading import Thread
from time import perf_counter

from expectations.pages.store import DataDocs
from expectations.running.checks import Check, Lendable
from expectations.running.results import SuiteResult

SESSION = "expectations.running.session"


def run_suites(
    connection: Lendable,
    checks: Sequence[Check],
    docs: DataDocs | None = None,
    begin: Callable[[Check], object] = lambda _: None,
) -> list[SuiteResult]:
    """Run the suites one after the other in the open transaction, and return what each found, in the same order.

    An expectation that could not be checked counts as a critical failure. `begin` is called before each suite.

    Raises:
        psycopg2.Error: the connection is closed, or its transaction has failed already.
    """
    from expectations.running.session import run_session  # noqa: PLC0415  Great Expectations takes seconds to import

    return run_session(connection, checks, docs, begin)


def imported() -> float:
    """Wait until all that suites need is imported, and return how long that took (s)."""
    started = perf_counter()
    import_module(SESSION)
    return perf_counter() - started


def warm_up() -> Thread:
    """Import Great Expectations, which takes seconds, in another thread, while something else waits."""
    thread = Thread(target=import_module, args=(SESSION,), daemon=True)
    thread.start()
    return thread
