"""A parallel map: results in order, so many things at once and no more, and failures at their place."""

from collections.abc import Iterator
from threading import Barrier, get_ident

import pytest

from lake.parallel import parallel_map


def test_results_come_in_order_and_work_is_done_in_parallel() -> None:
    together = Barrier(4, timeout=30)

    def meet(number: int) -> int:
        together.wait()
        return number

    assert list(parallel_map(meet, range(40), 4)) == list(range(40))


def test_no_more_is_taken_than_two_for_each_thread() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = parallel_map(lambda number: number, items(), 3)
    assert [next(results), next(results)] == [0, 1]
    assert len(taken) <= 2 + 2 * 3
    results.close()  # type: ignore[attr-defined]


def test_with_one_thread_the_callers_own_does_the_work() -> None:
    threads = parallel_map(lambda _: get_ident(), iter([1, 2]), 1)
    assert list(threads) == [get_ident()] * 2


def test_a_failure_comes_after_what_was_before_it() -> None:
    results = parallel_map(lambda number: 10 // number, [5, 2, 0, 1], 2)
    assert [next(results), next(results)] == [2, 5]
    with pytest.raises(ZeroDivisionError):
        next(results)
