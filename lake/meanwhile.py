"""What is done time and again, in a thread, while something else works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread
from time import monotonic


@contextmanager
def meanwhile(every_s: Callable[[], float], act: Callable[[float], object]) -> Iterator[Callable[[], None]]:
    """Act time and again, until the body has ended or calls what it gets; `act` takes the seconds that have gone by.

    How long to wait is asked each time (s). The thread has the context of whoever starts it.
    """
    ended, began = Event(), monotonic()

    def go_on() -> None:
        while not ended.wait(every_s()):
            act(monotonic() - began)

    thread = Thread(target=copy_context().run, args=(go_on,), daemon=True)
    thread.start()
    try:
        yield ended.set
    finally:
        ended.set()
        thread.join()
