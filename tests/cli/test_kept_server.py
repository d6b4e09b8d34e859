"""A Prefect server that outlives its command: the next one finds it, and it ends when nobody uses it, or on stop."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psutil
import pytest

from cli import prefect_server
from cli.__main__ import main
from cli.kept_server import STATE, USERS, Kept, find, idle_s, locked, made_for, process_of, remember, stop
from tests.cli.attacks import argument_lists, require_closed

IDLES = """
import sys, time
from pathlib import Path
from threading import Thread
from cli import serve
serve.LOOKS_EVERY_S = 0.01
state, users, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
Thread(target=serve._end_when_idle, args=(state, users, seconds), daemon=True).start()
time.sleep(600)
"""
SERVER = """
import sys
from cli.prefect_server import own_server
with own_server() as wait:
    wait()
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL
    print(PREFECT_API_URL.value(), PREFECT_API_AUTH_STRING.value(), flush=True)
    sys.stdin.read()
"""


@contextmanager
def idling(folder: Path, idle_seconds: float) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends as a kept server does."""
    (folder / STATE).write_text("{}")
    arguments = (str(folder / STATE), str(folder / USERS), str(idle_seconds))
    with subprocess.Popen([sys.executable, "-c", IDLES, *arguments]) as process:
        yield process
        process.kill()


def test_a_server_that_nobody_uses_ends_and_forgets_itself(tmp_path: Path) -> None:
    with idling(tmp_path, 0) as server:
        server.wait(60)
    assert [path.name for path in tmp_path.iterdir()] == [USERS]


def test_a_server_whose_home_was_removed_ends(tmp_path: Path) -> None:
    with idling(tmp_path, 600) as server:
        (tmp_path / STATE).unlink()
        server.wait(60)


def test_a_server_in_use_does_not_end_until_the_last_user_has_gone(tmp_path: Path) -> None:
    with locked(tmp_path / USERS, fcntl.LOCK_SH) as users:
        assert users is not None
        with idling(tmp_path, 0) as server:
            with locked(tmp_path / USERS, fcntl.LOCK_SH), pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.5)
            fcntl.flock(users, fcntl.LOCK_UN)
            server.wait(60)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A SPARKIFY_HOME, whose servers are processes that wait."""
    script = tmp_path / "serve.py"
    script.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(prefect_server, "SERVE", script)
    monkeypatch.setenv("SPARKIFY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SPARKIFY_SERVER_IDLE_S", "600")
    yield tmp_path / "home"
    stop(tmp_path / "home")


@contextmanager
def kept(folder: Path, settings: dict[str, str]) -> Iterator[Kept | None]:
    """The server that a command with these settings uses; None where it starts one for itself."""
    with prefect_server._kept(settings, folder.parent) as server:
        assert server is None or isinstance(server.process, Kept)
        yield find(folder) if server else None


def test_the_next_command_finds_the_server_of_the_first(folder: Path) -> None:
    with kept(folder, {}) as first:
        assert first is not None
        with kept(folder, {}) as second:
            assert second == first
    with kept(folder, {}) as third:
        assert third == first
    assert (folder / STATE).stat().st_mode & 0o777 == 0o600
    assert first.auth not in argument_lists()
    process = process_of(first)
    assert process is not None
    assert not {"AWS_SECRET_ACCESS_KEY", "PGPASSWORD"} & process.environ().keys()


def test_a_server_for_other_settings_is_replaced_unless_somebody_uses_it(folder: Path) -> None:
    with kept(folder, {}) as first:
        assert first is not None
        with kept(folder, {"PREFECT_DEBUG_MODE": "1"}) as none:
            assert none is None
        assert first.poll() is None
    with kept(folder, {"PREFECT_DEBUG_MODE": "1"}) as second:
        assert second is not None
        assert (second.pid != first.pid, first.poll(), second.poll()) == (True, 1, None)


def test_a_server_that_was_killed_is_started_anew(folder: Path) -> None:
    with kept(folder, {}) as first:
        assert first is not None
    process = psutil.Process(first.pid)
    process.kill()
    process.wait(60)
    with kept(folder, {}) as second:
        assert second is not None
        assert second.pid != first.pid


def test_no_server_is_kept_where_none_shall_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKIFY_SERVER_IDLE_S", "0")
    with kept(folder, {}) as none:
        assert none is None
    assert not folder.exists()


def test_stop_ends_the_server_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with kept(folder, {}) as served:
        assert served is not None
    assert (main(["stop"]), main(["stop"])) == (0, 0)
    nothing = f"no PostgreSQL runs for SPARKIFY_HOME={folder}"
    assert capsys.readouterr().out.splitlines() == [
        f"Prefect's server (process {served.pid}) of SPARKIFY_HOME={folder} is stopped", nothing, nothing,
    ]  # fmt: skip
    assert served.poll() == 1


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"pid": "x"}'])
def test_a_file_that_names_no_server_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / STATE).write_text(content)
    assert find(tmp_path) is None


def test_another_process_of_the_number_is_no_server(tmp_path: Path) -> None:
    mine = remember(tmp_path, os.getpid(), "http://127.0.0.1:9", "a:b", "this")
    assert find(tmp_path) == mine
    earlier = Kept(mine.address, mine.auth, mine.pid, mine.created_at - 1, mine.made_for)
    assert earlier.poll() == 1


def test_a_server_depends_on_settings_home_and_code(tmp_path: Path) -> None:
    (script := tmp_path / "serve.py").write_text("1")
    (other := tmp_path / "other").mkdir()
    before = made_for({}, tmp_path, script)
    assert made_for({}, tmp_path, script) == before
    assert before not in (made_for({"PREFECT_X": "1"}, tmp_path, script), made_for({}, other, script))
    script.write_text("2")
    assert made_for({}, tmp_path, script) != before


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SPARKIFY_SERVER_IDLE_S", text)
    with pytest.raises(ValueError, match=f"SPARKIFY_SERVER_IDLE_S={text} is no number of seconds, such as 600"):
        idle_s()


@pytest.mark.slow
def test_a_kept_server_answers_the_next_command_and_nobody_else(tmp_path: Path) -> None:
    environment = {
        **os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "SPARKIFY_HOME": str(tmp_path / "home"),
        "SPARKIFY_SERVER_IDLE_S": "600",
    }  # fmt: skip
    environment.pop("PREFECT_API_URL", None)

    def command() -> str:
        with subprocess.Popen(
            [sys.executable, "-c", SERVER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            said, _ = process.communicate(timeout=240)
            return said

    try:
        first, second = command(), command()
        assert first == second != ""
        require_closed(*first.split())
    finally:
        ended = stop(tmp_path / "home")
    assert ended is not None
    while psutil.pid_exists(ended):
        Event().wait(0.05)
