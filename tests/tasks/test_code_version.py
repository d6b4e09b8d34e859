"""The version of the code that runs, as `batches` has it."""

import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tasks import code_version
from tests.tree import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one commit, which the code is told to run from."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "file").write_text("old")
    for command in (["init", "-q"], ["add", "file"], [*who, "commit", "-q", "-m", "first"], ["tag", "-m", "1", "v9"]):
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(code_version, "ROOT", tmp_path)
    return tmp_path


def test_a_checkout_tells_its_commit_and_whether_it_was_changed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True
    )
    monkeypatch.setenv("GIT_DIR", "/elsewhere/.git")
    commit = f"{version('sparkify-warehouse')} {head.stdout.strip()}"
    assert code_version.code_version.__wrapped__() == commit
    (checkout / "file").write_text("new")
    assert code_version.code_version.__wrapped__() == f"{commit}-dirty"


@pytest.mark.parametrize("damage", ["no git", "no checkout", "no commit"])
def test_what_git_does_not_tell_leaves_the_release(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    if damage == "no git":
        monkeypatch.setenv("PATH", "")
    else:
        (checkout / (".git" if damage == "no checkout" else ".git/HEAD")).rename(checkout / "elsewhere")
    assert code_version.code_version.__wrapped__() == version("sparkify-warehouse")


def test_a_clone_that_is_not_installed_tells_its_release(tmp_path: Path) -> None:
    for file in ("pyproject.toml", "tasks/__init__.py", "tasks/code_version.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    command = [sys.executable, "-S", "-c", "from tasks.code_version import code_version; print(code_version())"]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (version("sparkify-warehouse"), "")
