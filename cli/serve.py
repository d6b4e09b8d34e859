"""The process of a Prefect server that a command has started.

`python -P cli/serve.py DESCRIPTOR HOST ...` serves on the listening socket that it inherits, and ends when its stdin
does, as it does when the command is killed. With `--kept STATE USERS SECONDS` before the hosts it lives on: it ends
when nobody has held a lock on the file USERS for so long, or when the file STATE is gone, which names it.

A request must be for one of the hosts: a page of a foreign name that has come to mean this machine is refused.
"""

import fcntl
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LOOKS_EVERY_S = 1.0


def serve(listener: socket.socket, hosts: list[str]) -> bool:
    """Serve until SIGTERM, and return whether the server had started."""
    import uvicorn  # noqa: PLC0415 - these take seconds, in which the command may end
    from prefect.server.api.server import create_app  # noqa: PLC0415
    from starlette.middleware.trustedhost import TrustedHostMiddleware  # noqa: PLC0415

    app: ASGIApp = create_app(final=True)
    if url := os.environ.get("SPARKIFY_PAGES_URL"):
        from cli.pages import with_pages  # noqa: PLC0415
        from warehouse.home import home  # noqa: PLC0415

        app = with_pages(app, url, home())
    # Around the application: from within, Prefect's own services call it by a host name of their own.
    guarded = TrustedHostMiddleware(app, allowed_hosts=hosts, www_redirect=False)
    server = uvicorn.Server(uvicorn.Config(guarded, log_level="error"))
    server.run(sockets=[listener])
    return server.started


def _end_with_stdin() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _end_when_idle(state: Path, users: Path, idle_s: float) -> None:
    """End when nobody has used the server for so long; who comes meanwhile waits until it has, and starts another."""
    descriptor = os.open(users, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    last_used = time.monotonic()
    while True:
        time.sleep(LOOKS_EVERY_S)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            last_used = time.monotonic()
            continue
        if time.monotonic() - last_used >= idle_s or not state.exists():
            break
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    with suppress(OSError):
        state.unlink()
    os.kill(os.getpid(), signal.SIGTERM)


def main(descriptor: str, *rest: str) -> bool:
    """Read the arguments, and serve."""
    if rest[0] == "--kept":
        _, state, users, idle_s, *hosts = rest
        Thread(target=_end_when_idle, args=(Path(state), Path(users), float(idle_s)), daemon=True).start()
    else:
        hosts = list(rest)
        Thread(target=_end_with_stdin, daemon=True).start()
    return serve(socket.socket(fileno=int(descriptor)), hosts)


if __name__ == "__main__":
    sys.exit(not main(*sys.argv[1:]))
