"""`sparkify stop` ends the embedded PostgreSQL, says what it did, and may be repeated."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.__main__ import main
from local_redshift import postgres_server


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A SPARKIFY_HOME of its own, short enough for a socket, with a running server."""
    folder = Path(tempfile.mkdtemp(prefix="sp-"))
    monkeypatch.setenv("SPARKIFY_HOME", str(folder))
    postgres_server.start(folder)
    yield folder
    postgres_server.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.long
@pytest.mark.parametrize("is_removed", [False, True])
def test_stop_ends_the_server_and_says_so(home: Path, is_removed: bool, capsys: pytest.CaptureFixture[str]) -> None:
    server = psutil.Process(int((home / "postgres/data/postmaster.pid").read_text().splitlines()[0]))
    if is_removed:
        shutil.rmtree(home)
    assert (main(["stop"]), main(["stop"])) == (0, 0)
    assert capsys.readouterr().out.splitlines() == [
        f"PostgreSQL (process {server.pid}) of SPARKIFY_HOME={home} is stopped",
        f"no PostgreSQL runs for SPARKIFY_HOME={home}",
    ]
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
