"""A shell completes commands and options, once it has been told how."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.__main__ import main

COMPLETE = """
source {script}
COMP_WORDS=(sparkify {words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
function=$(complete -p sparkify | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function" sparkify "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def shell_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("et", "etl"),
        ("etl --quar", "--quarantine-budget"),
        ("sql --format csv-", "csv-safe"),
        ("re", "rebuild resume reset retract"),
    ],
)
def test_bash_completes(shell_home: Path, words: str, completed: str) -> None:
    assert main(["--install-completion", "--shell", "bash"]) == 0
    script = shell_home / ".local/share/bash-completion/completions/sparkify"
    assert str(script) in (shell_home / ".bashrc").read_text(encoding="utf-8")
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(
        [bash, "--norc", "-c", COMPLETE.format(script=script, words=words)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stderr, set(done.stdout.split())) == ("", set(completed.split()))


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_too(shell_home: Path, shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--install-completion", "--shell", shell]) == 0
    script = Path(capsys.readouterr().out.partition(" is written")[0])
    assert script.is_relative_to(shell_home)
    assert "quarantine-budget" in script.read_text(encoding="utf-8")


def test_a_shell_that_is_not_known_is_asked_for(
    shell_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("BASH_VERSION", "ZSH_VERSION", "FISH_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHELL", "/bin/none")
    monkeypatch.setenv("PATH", str(shell_home))  # where no ps is
    assert main(["--install-completion"]) == 1
    assert capsys.readouterr().err == "sparkify failed: it is not known which shell this is: name it with --shell\n"
    assert not any(shell_home.iterdir())
