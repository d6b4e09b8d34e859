"""A Prefect server that outlives the command that started it, so that the next one need not wait for its own.

It is found by a private file under SPARKIFY_HOME. Whoever uses it holds a shared lock, also while nothing is asked of
it for minutes; the server ends when nobody has held one for a while, and by `sparkify stop`. One that was started for
other settings, packages or code is replaced, unless somebody uses it still.
"""

import fcntl
import hashlib
import json
import os
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from lake.folders import make_private, make_writable
from lake.whole_file import PRIVATE, whole_file

KEPT_S = 600.0
"""How long it waits for the next command, where SPARKIFY_SERVER_IDLE_S does not say."""
PATIENCE_S = 10.0
"""How long one that ends is waited for."""
STATE, STARTING, USERS = "prefect-server.json", "prefect-server.lock", "prefect-server.users"
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "DO_NOT_TRACK", "NO_PROXY", "no_proxy")
"""All that it has of the environment, beside Prefect's settings: no secret of a command is kept with it."""


@dataclass(frozen=True)
class Kept:
    """Where a server listens, what it answers to, which process it is, and what it was started for."""

    address: str
    auth: str
    pid: int
    created_at: float
    made_for: str

    def poll(self) -> int | None:
        """Return None while it runs, as a process that one has started does."""
        return None if process_of(self) else 1


def idle_s() -> float:
    """Return how long a server lives on after the last command; 0 where it ends with it.

    Raises:
        ValueError: SPARKIFY_SERVER_IDLE_S is no number of seconds.
    """
    text = os.environ.get("SPARKIFY_SERVER_IDLE_S", "")
    try:
        seconds = float(text or KEPT_S)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"SPARKIFY_SERVER_IDLE_S={text} is no number of seconds, such as 600; 0 keeps no server")
    return seconds


def may_be_kept(folder: Path) -> bool:
    """Make what a server keeps in a folder, and tell whether that can be."""
    try:
        make_writable(folder)
        make_private(folder / "logs")
    except OSError:
        return False
    return True


def made_for(settings: Mapping[str, str], prefect_home: Path, script: Path) -> str:
    """Return what a server depends on: Prefect's settings, its home as it is, the packages, and our code of it."""
    packages, home = Path(sysconfig.get_paths()["purelib"]), prefect_home.stat()
    parts = [sorted(settings.items()), str(prefect_home), home.st_dev, home.st_ino, str(packages)]
    parts += [packages.stat().st_mtime_ns, script.read_text(encoding="utf-8")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@contextmanager
def locked(file: Path, kind: int) -> Iterator[int | None]:
    """Hold a lock on a file as long as the body runs; give its descriptor, or None where it cannot be had in time."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        until = time.monotonic() + PATIENCE_S
        while not (is_held := _try(descriptor, kind)) and time.monotonic() < until:
            time.sleep(0.05)
        yield descriptor if is_held else None
    finally:
        os.close(descriptor)


def is_alone(descriptor: int) -> bool:
    """Tell whether nobody else holds the shared lock that this descriptor holds, and goes on holding."""
    alone = _try(descriptor, fcntl.LOCK_EX)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return alone


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def find(folder: Path) -> Kept | None:
    """Return the server of a folder, if it runs."""
    with suppress(OSError, ValueError, TypeError):
        kept = Kept(**json.loads((folder / STATE).read_text(encoding="utf-8")))
        return kept if process_of(kept) else None
    return None


def remember(folder: Path, pid: int, address: str, auth: str, made_for: str) -> Kept:
    """Write where the server of a folder listens, for this user alone."""
    kept = Kept(address, auth, pid, psutil.Process(pid).create_time(), made_for)
    with whole_file(folder / STATE, PRIVATE) as file:
        json.dump(asdict(kept), file)
    return kept


def process_of(kept: Kept) -> psutil.Process | None:
    """Return the process of a server, unless it has ended; another may have its number by now."""
    with suppress(psutil.Error):
        process = psutil.Process(kept.pid)
        if process.create_time() == kept.created_at and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def stop(folder: Path) -> int | None:
    """End the server of a folder, whoever uses it, and return its process id; None if there is none."""
    kept = find(folder)
    process = process_of(kept) if kept else None
    (folder / STATE).unlink(missing_ok=True)
    if process is None:
        return None
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except psutil.TimeoutExpired:
            process.kill()
    return int(process.pid)
