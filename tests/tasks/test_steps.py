"""What takes long says that it still works, once and not once for each task around it."""

import logging
from threading import Event, Thread, current_thread
from typing import Any

import pytest

from tasks.steps import step, tells_that_it_works


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


def test_what_works_on_says_so_until_it_has_ended(log: Log) -> None:
    with tells_that_it_works():
        log.after(2)
    told = len(log.lines)
    Event().wait(0.05)
    assert [line for _, line in log.lines] == ["still at work after 0 s"] * told


def test_of_tasks_within_tasks_only_the_innermost_says_so(log: Log) -> None:
    with tells_that_it_works():
        [(outer, _)] = log.after(1)
        with tells_that_it_works():
            log.after(2)
            inner = {teller for teller, _ in log.after(3)}
        assert {outer} != inner
        assert len(inner) == 1
        assert log.after(2)[-1][0] == outer


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


def test_what_is_quick_says_nothing(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.steps.EVERY_S", 60.0)
    with tells_that_it_works(), tells_that_it_works():
        pass
    assert log.lines == []


def test_a_task_that_is_called_as_a_function_has_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.steps.EVERY_S", 0.01)

    @step("work")
    def work() -> int:
        Event().wait(0.05)
        return 1

    assert work.fn() == 1
