"""Commands in a fresh process that must end before they import or start what takes long."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SLOW = ("great_expectations", "numpy", "pandas", "polars", "prefect", "sqlalchemy")
RUN = f"""
import contextlib, io, json, sys
from cli.__main__ import main
done = []
for arguments in json.load(sys.stdin):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        status = main(arguments)
    done.append([status, said.getvalue().strip().splitlines()[-1]])
json.dump([done, [name for name in {SLOW} if name in sys.modules]], sys.stdout)
"""


@dataclass(frozen=True)
class Refused:
    """How a command ended that did not begin: its exit status, and the last line that it said."""

    status: int
    last_words: str


def refused(
    environment: Mapping[str, str | None], *commands: Sequence[str], prefix: Sequence[str] = (), cwd: Path | None = None
) -> list[Refused]:
    """Run commands one after the other in one process, and check that nothing slow was imported.

    A variable of the environment that is None is not set.
    """
    changed = {**os.environ, **environment}
    done = subprocess.run(
        [*prefix, sys.executable, "-c", RUN],
        input=json.dumps(commands), capture_output=True, text=True, timeout=120, check=False, cwd=cwd,
        env={name: value for name, value in changed.items() if value is not None},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ended, imported = json.loads(done.stdout)
    assert imported == []
    return [Refused(*each) for each in ended]
