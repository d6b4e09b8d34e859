"""Commands that need a Prefect server: where none is configured they have one of their own.

What a flow needs is imported while it starts.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from time import monotonic
from typing import Any, ParamSpec

from cli import BEGAN_S
from cli.printing import ask, print_no_more, say, starting

P = ParamSpec("P")
Run = Callable[[], Any]
Show = Callable[[Any], object]
Prepared = tuple[Run, Show] | tuple[Run, Show, Callable[[], Run | None]]
"""How to run a flow, and how to print what it returned; after a preview, what finds out how to do what it shows.

That is None where nobody is there to ask, or who is does not want it.
"""


def runs_a_flow(prepare: Callable[P, Prepared]) -> Callable[P, None]:
    """Make a command of one that imports all that a flow needs, and says how to run it."""

    @wraps(prepare)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        from cli.prefect_server import own_server

        with starting(f"sparkify {prepare.__name__}") as has_started, own_server() as wait_for_server:
            run, show_result, *find_out = prepare(*args, **kwargs)
            wait_for_server()
            from cli.live import watched
            from cli.outcome import run_to_outcome
            from cli.spent import time_spent

            has_started()

            def run_and_show(run: Run, began_s: float) -> None:
                with watched(began_s, prepare.__name__) as works:
                    result = run_to_outcome(run)
                with _outliving_its_reader(prepare.__name__):
                    show_result(result)
                    sys.stdout.flush()
                say(time_spent(works, began_s, monotonic()))

            run_and_show(run, BEGAN_S)
            for wanted in filter(None, (each() for each in find_out)):
                run_and_show(wanted, monotonic())  # the time of whoever was asked is not ours

    return command


def is_confirmed(question: str) -> bool:
    """Ask whoever is at the terminal; nobody is where input or output are elsewhere, such as in a pipe."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return ask(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


@contextmanager
def _outliving_its_reader(command: str) -> Iterator[None]:
    """Print what a flow has done: it stays done where that cannot be printed, or nobody waits for it."""
    try:
        yield
    except (OSError, KeyboardInterrupt) as error:
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            say(f"sparkify {command} is done, but cannot print what it did: {error}")
        print_no_more()


@contextmanager
def blocks_of(warehouse: str) -> Iterator[None]:
    """Have a Prefect server in the body that knows the warehouse's block, if it is one."""
    if warehouse == "local":
        yield
        return
    from cli.prefect_server import own_server

    with own_server() as wait_for_server:
        wait_for_server()
        yield
