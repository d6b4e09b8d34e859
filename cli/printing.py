"""What the command line prints: only printable characters, and only as long as somebody reads it."""

import os
import sys
from contextlib import suppress

from lake.printable import printable, printable_lines


def say(*lines: str) -> None:
    """Print last words on stderr, if anybody still reads them."""
    with suppress(OSError):
        print(*map(printable_lines, lines), sep="\n", file=sys.stderr, flush=True)


def show(words: object) -> None:
    """Print what a command has done."""
    print(printable(str(words)))


def print_no_more() -> None:
    """Let what is still printed go nowhere: the reader of our output has had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
