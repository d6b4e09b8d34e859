"""Statements that a signal can stop: a run that is cancelled or timed out ends its statement on the server as well.

Python calls the handler of a signal in the main thread, and not before libpq has had its answer. So another one waits
for the answer of the main thread's statements, which are cancelled when a handler raises in the meantime. A cursor with
a name does its work when its rows are fetched.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from threading import current_thread, main_thread
from typing import Any, TypeVar

import psycopg2
import psycopg2.extensions

Answer = TypeVar("Answer")

NOTICED_S = 0.2  # a signal may be delivered to another thread, which does not wake this one


class InterruptibleCursor(psycopg2.extensions.cursor):
    """A cursor whose statements are cancelled when the handler of a signal raises."""

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002
        """Run a statement, and tell the connection how long that took (s) and how it failed, if it wants to know."""
        started = time.perf_counter()
        try:
            if current_thread() is main_thread():
                _interruptibly(self.connection, lambda: super(InterruptibleCursor, self).execute(query, vars))
            else:
                super().execute(query, vars)
        except psycopg2.Error as error:
            explain(self.connection, error)
            raise
        finally:
            if note := getattr(self.connection, "note", None):
                note(time.perf_counter() - started)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Fetch some rows; those of a cursor with a name come from the server only now."""
        count = self.arraysize if size is None else size
        if self.name and current_thread() is main_thread():
            return _interruptibly(self.connection, lambda: super(InterruptibleCursor, self).fetchmany(count))
        return super().fetchmany(count)


def explain(connection: psycopg2.extensions.connection, error: psycopg2.Error) -> None:
    """Let the connection add to an error of its server what it knows, if it wants to."""
    if add_to := getattr(connection, "add_remedy", None):
        add_to(error)


def _interruptibly(connection: psycopg2.extensions.connection, statement: Callable[[], Answer]) -> Answer:
    with ThreadPoolExecutor(1, thread_name_prefix="statement") as pool:
        pool.submit(bool).result()  # a thread that a signal keeps from starting in full would not be waited for
        try:
            answer = pool.submit(statement)
            while wait([answer], NOTICED_S).not_done:
                pass
        except BaseException:
            with suppress(psycopg2.Error):
                connection.cancel()
            raise
        return answer.result()
