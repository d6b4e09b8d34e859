"""What was measured, kept to compare with: `.bench/history.jsonl` has a line a run, `.bench/latest.json` the last."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.process import ROOT

FOLDER = ROOT / ".bench"


@dataclass(frozen=True)
class Run:
    """One call of `make bench`."""

    at: str
    commit: str
    machine: str
    scale: Scale
    figures: tuple[Figure, ...]
    failed: tuple[str, ...] = ()


def describe_run(scale: Scale, figures: Sequence[Figure], failed: Sequence[str]) -> Run:
    """Return a run of this code on this machine, which ended now."""
    at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return Run(at, _commit(), machine, scale, tuple(figures), tuple(failed))


def keep(run: Run, folder: Path = FOLDER) -> None:
    """Write the run as the latest, and append it to the history."""
    record = {**vars(run), "scale": vars(run.scale), "figures": [figure.as_record() for figure in run.figures]}
    folder.mkdir(exist_ok=True)
    (folder / "latest.json").write_text(json.dumps(record, indent=2) + "\n")
    with (folder / "history.jsonl").open("a") as history:
        history.write(json.dumps(record) + "\n")


def runs(folder: Path = FOLDER) -> list[Run]:
    """Return all runs, the latest last."""
    history = folder / "history.jsonl"
    return [_read(json.loads(line)) for line in history.read_text().splitlines()] if history.exists() else []


def _read(record: dict[str, Any]) -> Run:
    figures = tuple(Figure.from_record(figure) for figure in record["figures"])
    return Run(**{**record, "scale": Scale(**record["scale"]), "figures": figures, "failed": tuple(record["failed"])})


def _commit() -> str:
    """Name the code that is measured: a commit, with a + where files differ from it."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "none") + ("+" if git("status", "--porcelain") else "")
