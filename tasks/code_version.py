"""The version of the code that runs, as the table `batches` keeps it."""

import subprocess
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
ANSWER_S = 10.0


@cache
def code_version() -> str:
    """Return the release that is installed, such as 0.1.0, and the commit where it runs from a checkout.

    A commit that ends with `-dirty` was changed; of the commit only what git tells without an error is known.
    """
    release = _release()
    commit = _commit() if (ROOT / ".git").exists() else ""
    return f"{release} {commit}".strip()


def _release() -> str:
    """Return what is installed, or, where it runs from a clone that nobody has installed, what that is to be."""
    try:
        return version("sparkify-warehouse")
    except PackageNotFoundError:
        return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _commit() -> str:
    described = ["git", f"--git-dir={ROOT / '.git'}", f"--work-tree={ROOT}", "describe", "--always", "--abbrev=12"]
    try:
        told = subprocess.run(  # noqa: S603
            [*described, "--exclude=*", "--dirty"], capture_output=True, text=True, timeout=ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""
