"""What every task has in common: it is not cached, and says that it still works, so that nobody has to wonder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import MissingContextError

from lake.meanwhile import meanwhile
from tasks.run_log import run_logger

P = ParamSpec("P")
R = TypeVar("R")

EVERY_S = 15.0
"""How often a task that works on writes a line; a command at a terminal has it more often."""


def step(name: str, run_name: str | None = None, **options: Any) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a task of a function; `run_name` may have fields for its arguments, and is `name` where there is none."""

    def make(function: Callable[P, R]) -> Task[P, R]:
        return task(name=name, task_run_name=run_name or name, cache_policy=NO_CACHE, **options)(_telling(function))

    return make


def _telling(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        with tells_that_it_works():
            return function(*args, **kwargs)

    return telling


@dataclass(eq=False)
class _Work:
    """What a task does, and the tasks within it that work now, which speak for it."""

    inner: set["_Work"] = field(default_factory=set)

    def tell(self, seconds: float) -> None:
        """Write a line, unless something within it does."""
        if not self.inner:
            with suppress(MissingContextError):  # it is called as a plain function
                run_logger().info("still at work after %.0f s", seconds)


_WORK: ContextVar[_Work | None] = ContextVar("work", default=None)


@contextmanager
def tells_that_it_works() -> Iterator[None]:
    """Say every now and then, in the log of the task run, that the body still works."""
    work, outer = _Work(), _WORK.get()
    if outer:
        outer.inner.add(work)
    before = _WORK.set(work)
    try:
        with meanwhile(lambda: EVERY_S, work.tell):
            yield
    finally:
        _WORK.reset(before)
        if outer:
            outer.inner.discard(work)
