"""Measurements in processes of their own, so that the memory of each can be told."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.figures import Measured

ROOT = Path(__file__).parents[2]


def in_process(module: str, *arguments: str, python: str = sys.executable, home: Path | None = None) -> Measured:
    """Run `module`, which ends by telling what it measured; `home` is its SPARKIFY_HOME, if not the row's own.

    Raises:
        RuntimeError: it failed; the message has its last words.
    """
    environment = {**os.environ} | ({"SPARKIFY_HOME": str(home)} if home else {})
    command = [python, "-m", f"tests.benchmarks.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def tell(seconds: float, note: str = "", part_s: float = 0.0) -> None:
    """Tell the process that asked for it what was measured in this one."""
    measured = Measured(seconds=seconds, peak_mb=peak_mb(), note=note, part_s=part_s)
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")


def peak_mb() -> float:
    """Read the most memory this process has held; ru_maxrss would count the process it was started from too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
