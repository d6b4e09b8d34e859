"""`sparkify ui` ends when it is told to, with all that it started, and says so."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from flows.prefect_server import free_port, wait_until_healthy


@pytest.fixture
def ui(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A `sparkify ui` that has just been started."""
    settings = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "SPARKIFY_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "flows", "ui", "--port", str(free_port())]
    with subprocess.Popen(
        command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        process.kill()


def children(process: "subprocess.Popen[str]") -> list[int]:
    """Return the processes that this one has started."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in found.stdout.split()]


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_ui_says_that_it_ends_and_takes_along_what_it_started(
    ui: "subprocess.Popen[str]", told: signal.Signals
) -> None:
    while not (started := children(ui)):
        assert ui.poll() is None
        Event().wait(0.05)
    ui.send_signal(told)
    said, _ = ui.communicate(timeout=60)
    assert (ui.returncode, said) == (0, "ending server: their runs too, which publish nothing then\n")
    assert [pid for pid in started if is_running(pid)] == []


@pytest.mark.parametrize("why", ["its last words are above", ""])
def test_a_server_that_ends_before_it_answers_is_told_with_its_reason_if_it_gave_one(why: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as server:
        server.wait()
        with pytest.raises(ConnectionError) as failure:
            wait_until_healthy(server, "http://127.0.0.1:9", lambda: why)
    expected = ["Prefect's server did not start: it ended with exit status 3", *filter(None, [why])]
    assert str(failure.value) == "; ".join(expected)
