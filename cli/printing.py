"""What the command line prints: only printable characters, and only as long as somebody reads it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic

from lake.printable import printable, printable_lines


def say(*lines: str) -> None:
    """Print last words on stderr, if anybody still reads them."""
    with suppress(OSError):
        print(*map(printable_lines, lines), sep="\n", file=sys.stderr, flush=True)


def show(words: object) -> None:
    """Print what a command has done."""
    print(printable(str(words)))


def patience_s() -> float:
    """Return how long a command may be silent: a person at a terminal wonders sooner than the reader of a log."""
    return 5.0 if sys.stderr.isatty() else 15.0


@contextmanager
def starting(command: str) -> Iterator[Callable[[], None]]:
    """Say that a command starts, and then that it still does, until the body calls what it gets, or ends."""
    started, begun = Event(), monotonic()

    def tell() -> None:
        while not started.wait(patience_s()):
            say(f"{command}: still starting after {monotonic() - begun:.0f} s")

    say(f"{command}: starting ...")
    thread = Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield started.set
    finally:
        started.set()
        thread.join()


def print_no_more() -> None:
    """Let what is still printed go nowhere: the reader of our output has had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
