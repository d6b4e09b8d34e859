"""`sparkify ui` answers who has its auth string, and ends when it is told to, with all that it started, and says so."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import httpx
import pytest

import cli.ui
from cli.kept_secret import kept_secret
from cli.prefect_server import address_of, listen, new_auth_string, wait_until_healthy
from cli.ui import AUTH_STRING, ENDING
from tests.cli.attacks import argument_lists, require_closed


@pytest.fixture
def address() -> str:
    """A URL of this machine where nobody listens."""
    with listen() as listener:
        return address_of(listener)


@pytest.fixture
def ui(tmp_path: Path, address: str) -> Iterator["subprocess.Popen[str]"]:
    """A `sparkify ui` that has just been started."""
    settings = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "SPARKIFY_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "cli", "ui", "--port", address.rpartition(":")[2]]
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
    assert ui.returncode == 0
    first, _, what = said.removesuffix(": their runs too, which publish nothing then\n").partition("\n")
    assert first == "sparkify ui: starting ..."
    assert what == "ending server"
    assert [pid for pid in started if is_running(pid)] == []


@pytest.fixture
def handlers() -> Iterator[None]:
    """What signals do to this process, as before in the end."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_that_comes_while_a_part_is_started_leaves_nothing_behind(
    handlers: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def start(listener: socket.socket, *_: object) -> "subprocess.Popen[bytes]":
        listener.close()
        signal.raise_signal(signal.SIGTERM)
        return server

    monkeypatch.setenv("SPARKIFY_HOME", str(tmp_path))
    monkeypatch.setattr("cli.ui.start_server", start)
    with subprocess.Popen(["sleep", "30"]) as server:
        cli.ui.ui(None)
        assert server.returncode == -signal.SIGTERM
    assert capfd.readouterr().out == "ending server: their runs too, which publish nothing then\n"


def test_the_server_of_ui_answers_who_can_read_its_file_and_nobody_else(
    ui: "subprocess.Popen[str]", address: str, tmp_path: Path
) -> None:
    wait_until_healthy(ui, address, lambda: "")
    file = tmp_path / "home" / AUTH_STRING
    auth = file.read_text().strip()
    assert file.stat().st_mode & 0o777 == 0o600
    require_closed(f"{address}/api", auth)
    assert httpx.get(address, headers={"host": "rebound.example"}).status_code == 400
    assert httpx.get(f"{address}/ui-settings").json()["auth"] == "BASIC"
    assert auth not in argument_lists()
    ui.send_signal(signal.SIGTERM)
    said, _ = ui.communicate(timeout=60)
    assert auth not in said
    known = [path for path in tmp_path.rglob("*") if path.is_file() and auth.encode() in path.read_bytes()]
    assert known == [file]


def test_the_auth_string_stays_until_others_can_know_it(tmp_path: Path) -> None:
    file = tmp_path / "home" / AUTH_STRING
    first = kept_secret(file, new_auth_string)
    assert (kept_secret(file, new_auth_string), file.stat().st_mode & 0o777) == (first, 0o600)
    file.chmod(0o644)
    second = kept_secret(file, new_auth_string)
    assert (second != first, file.stat().st_mode & 0o777) == (True, 0o600)
    file.rename(planted := tmp_path / "planted")
    file.symlink_to(planted)
    third = kept_secret(file, new_auth_string)
    assert (third != second, file.is_symlink(), file.read_text().strip()) == (True, False, third)
    file.write_text("")
    assert kept_secret(file, new_auth_string).startswith("sparkify:")
    assert [path.name for path in file.parent.iterdir()] == [AUTH_STRING]


@pytest.mark.parametrize("why", ["its last words are above", ""])
def test_a_server_that_ends_before_it_answers_is_told_with_its_reason_if_it_gave_one(why: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as server:
        server.wait()
        with pytest.raises(ConnectionError) as failure:
            wait_until_healthy(server, "http://127.0.0.1:9", lambda: why)
    expected = ["Prefect's server did not start: it ended with exit status 3", *filter(None, [why])]
    assert str(failure.value) == "; ".join(expected)
