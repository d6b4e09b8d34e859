"""A disk that fills up during a run: the run says so, the star is as it was, and with room again the next completes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


UNSHARE = shutil.which("unshare")
MOUNT = 'mount -t tmpfs -o size=320m sparkify-test "$1" && exec "$2" -m tests.crash.full_disk "$1" "$3"'


@pytest.mark.skipif(os.geteuid() != 0 or UNSHARE is None, reason="only root may mount a small disk of its own")
def test_a_full_disk_fails_the_run_and_changes_nothing(prefect_server: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(UNSHARE), "--mount", "sh", "-c", MOUNT, "sh", str(tmp_path), sys.executable, prefect_server],
        capture_output=True,
        text=True,
        check=False,
    )
    if "permission denied" in done.stderr.lower():
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")
    said, star = done.stdout.splitlines()[-2:]
    assert "No space left on device" in said
    assert star == "True 20001 {'keys': 0, 'orphans': 0, 'stray rows': 0}"
