"""What every task has in common: it is not cached, and logs its start, that it still works, and what came of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from prefect import Task, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import MissingContextError

from lake.meanwhile import meanwhile
from tasks.run_log import run_logger

P = ParamSpec("P")
R = TypeVar("R")

EVERY_S = 15.0
"""How often a task that works on writes a line; a command at a terminal has it more often."""
STARTED, STILL_AT_WORK = "started", "still at work after"


@dataclass(eq=False)
class Work:
    """What a task does, or a part of it; times are of the monotonic clock."""

    name: str
    outer: "Work | None" = None
    began_s: float = field(default_factory=monotonic)
    ended_s: float | None = None
    so_far: str = ""
    """How far it is, where that is known."""
    outcome: str = "done"
    inner: set["Work"] = field(default_factory=set)
    """The tasks within it that work now."""

    def tell(self, seconds: float) -> None:
        """Write a line, unless a task within it does."""
        if not self.inner:
            _log("%s %.0f s%s", STILL_AT_WORK, seconds, self.so_far and f", {self.so_far}")


WATCHED: list[Work] | None = None
"""Where whoever wants to show what works gets it from: a command puts a list here."""
_WORK: ContextVar[Work | None] = ContextVar("work", default=None)


def step(name: str, run_name: str | None = None, **options: Any) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a task of a function; `run_name` may have fields for its arguments, and is `name` where there is none."""

    def make(function: Callable[P, R]) -> Task[P, R]:
        @wraps(function)
        def telling(*args: P.args, **kwargs: P.kwargs) -> R:
            with tells_that_it_works(runtime.task_run.name or name):
                return function(*args, **kwargs)

        return task(name=name, task_run_name=run_name or name, cache_policy=NO_CACHE, **options)(telling)

    return make


@contextmanager
def tells_that_it_works(name: str) -> Iterator[None]:
    """Log that the body starts, every now and then that it still works, and in the end what came of it."""
    outer = _WORK.get()
    with watched_part(name) as work:
        if outer:
            outer.inner.add(work)
        try:
            _log(STARTED)
            with meanwhile(lambda: EVERY_S, work.tell):
                yield
            _log("%s, %.2f s", work.outcome, monotonic() - work.began_s)
        finally:
            if outer:
                outer.inner.discard(work)


@contextmanager
def watched_part(name: str) -> Iterator[Work]:
    """Let those who watch see the body by itself, such as a part of a task that is a wait."""
    work = Work(name, _WORK.get())
    if WATCHED is not None:
        WATCHED.append(work)
    before = _WORK.set(work)
    try:
        yield work
    finally:
        work.ended_s = monotonic()
        _WORK.reset(before)


def innermost(at_work: Sequence[Work]) -> list[Work]:
    """Return those within which no other of them works."""
    outer = [each.outer for each in at_work]
    return [each for each in at_work if each not in outer]


def tell_so_far(words: str) -> None:
    """Let those who wait for the task that this is know how far it is."""
    if work := _WORK.get():
        work.so_far = words


def tell_outcome(words: str) -> None:
    """Let the last line of the task that this is have these words, such as how many rows it has written."""
    if work := _WORK.get():
        work.outcome = words


def _log(message: str, *args: object) -> None:
    with suppress(MissingContextError):  # it is called as a plain function
        run_logger().info(message, *args)
