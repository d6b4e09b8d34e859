"""Errors of the embedded server name the variable to set and the command to run, which the server does not know."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse import WarehouseUnavailable
from warehouse.local import LocalWarehouse


def test_a_home_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("SPARKIFY_HOME", str(file / "home"))
    for use in (LocalWarehouse("public").connect, LocalWarehouse("public").forget_loads):
        with pytest.raises(WarehouseUnavailable) as failure:
            use()
        assert str(failure.value) == (
            f"SPARKIFY_HOME={file}/home cannot be used ({file} is not a folder): "
            "set SPARKIFY_HOME to a folder you can write"
        )


@pytest.fixture
def server_without_data(tmp_path: Path) -> Iterator[int]:
    """A process that passes for a server whose data folder was emptied."""
    data = tmp_path / "postgres/data"
    data.mkdir(parents=True)
    (tmp_path / "postgres/postgres").symlink_to(sys.executable)
    with subprocess.Popen(
        [tmp_path / "postgres/postgres", "-c", "input()"], stdin=subprocess.PIPE, cwd=data
    ) as process:
        yield process.pid
        process.kill()


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells the folder that a process works in")
def test_a_server_that_has_to_be_stopped_is_named_with_the_command(
    server_without_data: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARKIFY_HOME", str(tmp_path))
    with pytest.raises(WarehouseUnavailable) as failure:
        LocalWarehouse("public").connect()
    assert str(failure.value) == (
        f"PostgreSQL (process {server_without_data}) runs for {tmp_path}, and its data folder {tmp_path}/postgres/data "
        "was moved or removed: move it back, or stop the server: sparkify stop"
    )
