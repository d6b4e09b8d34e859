"""At a terminal a line below the log tells what works, and goes away with the run; in the end the time adds up."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pty import openpty
from threading import Event
from typing import TextIO

import pytest

from cli.live import PLANS, find_next, live_line, watched
from cli.log_lines import Terminal
from cli.spent import time_spent
from flows.etl import etl
from flows.rebuild import rebuild
from tasks import steps
from tasks.steps import Work, tells_that_it_works
from tests.flows.lakes import Lake
from tests.hostile import HOSTILE, is_plain

HIDE_CURSOR = "\x1b[?25l"
AWAY = "\r\n\x1b[?25h\r\x1b[1A\x1b[2Kthe end"
"""The cursor is shown again, and one line is taken away."""


@dataclass
class Screen:
    """A terminal, and what is sent to it."""

    reader: int
    writer: TextIO
    shown: str = ""

    def wait_for(self, text: str) -> None:
        while text not in self.shown:
            self.shown += os.read(self.reader, 1 << 16).decode()

    def rest(self) -> str:
        """Return all that was shown."""
        self.writer.write("the end")
        self.writer.flush()
        self.wait_for("the end")
        return self.shown


@pytest.fixture
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """The terminal that shows the log, of the type that the test names."""
    reader, writer = openpty()
    monkeypatch.setenv("TERM", getattr(request, "param", "xterm"))
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("cli.live.PER_SECOND", 100)
    with suppress(OSError), os.fdopen(writer, "w") as stream:  # a test may have closed the other end
        handler = Terminal(stream=stream)
        monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
        monkeypatch.setattr(logging.getLogger("sparkify"), "level", logging.INFO)
        monkeypatch.setattr(steps, "run_logger", lambda: logging.getLogger("sparkify"))
        yield Screen(reader, stream)


def test_a_terminal_shows_what_works_below_the_log_until_it_ends(screen: Screen) -> None:
    with watched(0.0, "etl"), tells_that_it_works("load users"):
        screen.wait_for("load users, 0 s")
        logging.getLogger("sparkify").info("7 rows")
    shown = screen.rest()
    assert [shown.count(line) for line in ("7 rows\r\n", "done, 0", "started")] == [1, 1, 0]
    assert shown.endswith(AWAY)


def test_an_interrupt_takes_the_line_away_and_stays_an_interrupt(screen: Screen) -> None:
    def interrupted() -> None:
        with watched(0.0, "etl"), tells_that_it_works("stage events: a line longer than the terminal is wide" * 2):
            screen.wait_for("a line longer")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert screen.rest().endswith(AWAY)
    assert steps.WATCHED is None


def test_a_run_outlives_its_terminal(screen: Screen) -> None:
    with watched(0.0, "etl"), tells_that_it_works("load users"):
        screen.wait_for("load users, 0 s")
        os.close(screen.reader)
        Event().wait(0.05)
        logging.getLogger("sparkify").info("7 rows")
    assert steps.WATCHED is None


@pytest.mark.parametrize("screen", ["dumb"], indirect=True)
def test_a_terminal_that_cannot_go_back_has_the_lines_of_a_log(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.live.patience_s", lambda: 0.01)
    with watched(0.0, "etl"), tells_that_it_works("load users"):
        screen.wait_for("still at work")
    shown = screen.rest()
    assert shown.startswith("started\r\nstill at work after 0 s\r\n")
    assert "\x1b" not in shown


@pytest.mark.slow
def test_a_command_at_a_terminal_has_the_line_and_ends_with_where_the_time_went(
    prefect_server: str, tmp_path: Path
) -> None:
    reader, writer = openpty()
    settings = {**os.environ, "PREFECT_API_URL": prefect_server, "TERM": "xterm", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "cli", "sample", "--out", str(tmp_path / "lake"), "--events", "100"]
    with subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=writer) as process:
        os.close(writer)
        shown = ""
        with suppress(OSError), os.fdopen(reader, newline="") as stream:  # Linux tells so that the other end was closed
            for line in stream:
                shown += line
    assert process.returncode == 0, shown
    log, _, last = shown.partition(AWAY.removesuffix("the end"))
    assert [log.count(text) for text in (HIDE_CURSOR, "write sample lake: done", "started")] == [1, 1, 0]
    assert last.startswith("Seconds: start ")


def test_the_line_names_the_innermost_tasks_that_work_and_how_far_they_are() -> None:
    publish = Work("publish batch 1", began_s=12.0)
    works = [
        Work("discover", began_s=10.0, ended_s=11.0),
        publish,
        Work("load users", publish, began_s=14.0),
        Work(f"stage {HOSTILE}", began_s=15.5, so_far="3 of 7 files loaded (41%)"),
    ]
    line = live_line(works, began_s=9.0, now_s=20.0, plan=("discover", "publish", "load", "report"))
    assert is_plain(line.plain)
    assert line.plain.startswith("11 s  load users, 6 s; stage ")
    assert line.plain.endswith(", 3 of 7 files loaded (41%), 4 s  next: report")


def test_what_is_next_is_what_the_flow_of_the_command_does_next(
    warehouse: None, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    works: list[Work] = []
    monkeypatch.setattr(steps, "WATCHED", works)
    done = {}
    for command, run in (("etl", partial(etl, events=lake.events, songs=lake.songs)), ("rebuild", rebuild)):
        works.clear()
        run()
        following = [find_next(works[:begun], PLANS[command]) for begun in range(len(works) + 1)]
        done[command] = tuple(dict.fromkeys(filter(None, following)))
    assert done == {command: PLANS[command] for command in done}


def test_the_time_of_a_command_adds_up() -> None:
    publish = Work("publish batch 1", began_s=4.0, ended_s=9.0)
    works = [
        Work("discover", began_s=2.0, ended_s=2.02),
        Work("stage events: 2 files", began_s=2.5, ended_s=4.0),
        Work("stage songs: 1 file", began_s=2.5, ended_s=3.0),
        publish,
        Work("load users", publish, began_s=5.0, ended_s=7.25),
    ]
    assert time_spent(works, 0.5, 10.0) == (
        "Seconds: start 1.50, stage events and stage songs 0.50, stage events 1.00, publish batch 1 2.75, "
        "load users 2.25, other 1.50; 9.50 in all"
    )


def test_without_tasks_all_the_time_is_the_start() -> None:
    assert time_spent([], 1.0, 3.0) == "Seconds: start 2.00, other 0.00; 2.00 in all"
