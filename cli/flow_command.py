"""Commands that need a Prefect server: where none is configured they have one of their own.

What a flow needs is imported while it starts.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

from cli.printing import print_no_more, say

P = ParamSpec("P")
Prepared = tuple[Callable[[], Any], Callable[[Any], object]]
"""How to run a flow, and how to print what it returned."""


def runs_a_flow(prepare: Callable[P, Prepared]) -> Callable[P, None]:
    """Make a command of one that imports all that a flow needs, and says how to run it."""

    @wraps(prepare)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        from cli.prefect_server import own_server

        with own_server() as wait_for_server:
            run, show_result = prepare(*args, **kwargs)
            wait_for_server()
            from cli.outcome import run_to_outcome

            result = run_to_outcome(run)
            with _outliving_its_reader(prepare.__name__):
                show_result(result)
                sys.stdout.flush()

    return command


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
