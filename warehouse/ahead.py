"""Do slow things side by side, and take their results one by one, in order and in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_ahead(function: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Yield what the function makes of each item, in order, while it works on the next ones: one for each thread.

    Unlike Executor.map it takes no item before there is a thread for it. An exception comes at its item's place.
    """
    with ThreadPoolExecutor(threads, "ahead") as pool:
        under_way: deque[Future[R]] = deque()
        try:
            for item in items:
                if len(under_way) == threads:
                    yield under_way.popleft().result()
                under_way.append(pool.submit(function, item))
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
