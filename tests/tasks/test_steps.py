"""What takes long says that it still works, once and not once for each task around it."""

import logging
from threading import Event, Thread, current_thread
from typing import Any

import pytest

from tasks import steps
from tasks.steps import Work, step, tell_outcome, tell_so_far, tells_that_it_works


class Log(logging.LoggerAdapter[Any]):
    """Keeps each line, with the thread that it is from."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("steps"))
        self.lines: list[tuple[Thread, str]] = []

    def info(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.lines.append((current_thread(), str(msg) % args))

    def after(self, more: int) -> list[tuple[Thread, str]]:
        """Wait for so many lines more, and return them."""
        known = len(self.lines)
        while len(self.lines) < known + more:
            Event().wait(0.005)
        return self.lines[known:]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    log = Log()
    monkeypatch.setattr("tasks.steps.run_logger", lambda: log)
    monkeypatch.setattr("tasks.steps.EVERY_S", 0.01)
    return log


def test_a_task_logs_its_start_that_it_still_works_and_what_came_of_it(log: Log) -> None:
    with tells_that_it_works("load"):
        log.after(2)
        tell_so_far("3 of 7 files")
        log.after(2)
        tell_outcome("7 rows written")
    told = len(log.lines)
    Event().wait(0.05)
    lines = [line for _, line in log.lines]
    assert list(dict.fromkeys(lines)) == [
        "started",
        "still at work after 0 s",
        "still at work after 0 s, 3 of 7 files",
        lines[-1],
    ]
    assert (lines[-1].rpartition(", ")[0], len(lines)) == ("7 rows written", told)


def test_of_tasks_within_tasks_only_the_innermost_says_so(log: Log) -> None:
    with tells_that_it_works("outer"):
        [(outer, _)] = log.after(1)
        with tells_that_it_works("inner"):
            log.after(2)
            inner = {teller for teller, _ in log.after(3)}
        assert {outer} != inner
        assert len(inner) == 1
        assert log.after(3)[-1][0] == outer


def test_what_fails_is_silent_afterwards(log: Log) -> None:
    @step("fail")
    def fail() -> None:
        log.after(1)
        raise ValueError("bad data")

    with pytest.raises(ValueError, match="bad data"):
        fail.fn()
    told = len(log.lines)
    Event().wait(0.05)
    assert len(log.lines) == told
    assert "done" not in log.lines[-1][1]


def test_what_is_quick_says_no_more_than_that(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.steps.EVERY_S", 60.0)
    with tells_that_it_works("quick"):
        pass
    assert [line.partition(",")[0] for _, line in log.lines] == ["started", "done"]


def test_a_task_that_is_called_as_a_function_has_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.steps.EVERY_S", 0.01)

    @step("work")
    def work() -> int:
        Event().wait(0.05)
        return 1

    assert work.fn() == 1


def test_whoever_watches_sees_what_works_within_what_and_what_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    works: list[Work] = []
    monkeypatch.setattr(steps, "WATCHED", works)

    @step("outer")
    def outer() -> list[bool]:
        inner.fn()
        return [each.ended_s is None for each in works]

    @step("inner")
    def inner() -> None:
        tell_so_far("half of it")

    assert outer.fn() == [True, False]
    assert [(each.name, each.so_far, each.outer) for each in works] == [
        ("outer", "", None),
        ("inner", "half of it", works[0]),
    ]
    assert all(each.ended_s is not None and not each.inner for each in works)
