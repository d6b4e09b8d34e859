"""What takes long says that it still works, once and not once for each task around it."""

import logging
from threading import Event, current_thread
from typing import Any

import pytest

from tasks import steps
from tasks.steps import step, tells_that_it_works


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that are logged, and an event for each of the first three."""
    lines: list[str] = []

    class Log(logging.LoggerAdapter[Any]):
        def info(self, msg: object, *args: object, **kwargs: Any) -> None:
            lines.append(str(msg) % args)

    monkeypatch.setattr(steps, "run_logger", lambda: Log(logging.getLogger("steps")))
    monkeypatch.setattr(steps, "EVERY_S", 0.01)
    return lines


def wait_for_more(lines: list[str], more: int) -> None:
    known = len(lines)
    while len(lines) < known + more:
        Event().wait(0.005)


def test_what_works_on_says_so_until_it_has_ended(lines: list[str]) -> None:
    with tells_that_it_works():
        wait_for_more(lines, 2)
    told = len(lines)
    Event().wait(0.05)
    assert lines == ["still at work after 0 s"] * told


def test_of_tasks_within_tasks_only_the_innermost_says_so(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tellers = set()
    monkeypatch.setattr(Event, "wait", lambda self, seconds, wait=Event.wait: tellers.add(current_thread()) or wait(self, seconds))
    with tells_that_it_works():
        wait_for_more(lines, 1)
        with tells_that_it_works():
            wait_for_more(lines, 2)
            tellers.clear()
            wait_for_more(lines, 3)
        assert len(tellers) == 1
        wait_for_more(lines, 1)
    assert len(tellers) == 2


def test_what_fails_is_silent_afterwards(lines: list[str]) -> None:
    @step("fail")
    def fail() -> None:
        wait_for_more(lines, 1)
        raise ValueError("bad data")

    with pytest.raises(ValueError, match="bad data"):
        fail.fn()
    told = len(lines)
    Event().wait(0.05)
    assert len(lines) == told


def test_what_is_quick_says_nothing(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "EVERY_S", 60.0)
    with tells_that_it_works(), tells_that_it_works():
        pass
    assert lines == []


def test_a_task_that_is_called_as_a_function_has_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "EVERY_S", 0.01)

    @step("work")
    def work() -> int:
        Event().wait(0.05)
        return 1

    assert work.fn() == 1
