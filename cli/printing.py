"""What the command line prints: only printable characters, and only as long as somebody reads it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event

from lake.meanwhile import meanwhile
from lake.printable import printable, printable_lines

_ASKING = Event()
"""Whether a person is asked something."""


def say(*lines: str) -> None:
    """Print last words on stderr, if anybody still reads them."""
    with suppress(OSError):
        print(*map(printable_lines, lines), sep="\n", file=sys.stderr, flush=True)


def show(words: object) -> None:
    """Print what a command has done."""
    print(printable(str(words)))


def patience_s() -> float:
    """Return how long a command may be silent: a person at a terminal wonders sooner than the reader of a log."""
    return 4.0 if sys.stderr.isatty() else 15.0


@contextmanager
def starting(command: str) -> Iterator[Callable[[], None]]:
    """Say that a command starts, and then that it still does, until the body calls what it gets, or ends."""

    def tell(seconds: float) -> None:
        if not _ASKING.is_set():
            say(f"{command}: still starting after {seconds:.0f} s")

    say(f"{command}: starting ...")
    with meanwhile(patience_s, tell) as end:
        yield end


def ask(question: str) -> str:
    """Let a person at the terminal type an answer; a command that is starting is silent meanwhile."""
    _ASKING.set()
    try:
        return input(question)
    finally:
        _ASKING.clear()


def print_no_more() -> None:
    """Let what is still printed go nowhere: the reader of our output has had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
