"""Commands report nothing home, from their first import of Prefect on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.telemetry import OFF

FAKE = f"import os, sys; print(*map(os.environ.get, {[*OFF]}), file=sys.stderr); os._exit(7)"


@pytest.mark.parametrize("command", [("cli", "etl"), ("cli", "provision"), ("deployments",)])
def test_telemetry_is_off_when_a_command_imports_prefect(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect/__init__.py").write_text(FAKE)
    environment = {name: value for name, value in os.environ.items() if name not in OFF}
    homes = {name: str(tmp_path / name) for name in ("HOME", "PREFECT_HOME", "SPARKIFY_HOME")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env=environment | homes | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[-1]) == (7, " ".join(OFF.values()))
