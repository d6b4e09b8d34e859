"""Do slow things in parallel, and take their results one by one, in order and in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def parallel_map(function: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Yield what the function makes of each item, in order, while it works on the next ones.

    Unlike Executor.map it takes no more items than two for each thread: one to work on, and one to go on with while an
    older one is waited for. An exception comes at its item's place. With one thread, the work is done by the caller's.
    """
    if threads == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(threads, "parallel-map") as pool:
        pending: deque[Future[R]] = deque()
        try:
            for item in items:
                if len(pending) == 2 * threads:
                    yield pending.popleft().result()
                pending.append(pool.submit(function, item))
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
