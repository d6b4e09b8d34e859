"""The process of a Prefect server that a command has started: `python -P cli/serve.py DESCRIPTOR HOST ...`.

It serves on the listening socket that it inherits, and ends when its stdin does, as it does when the command is killed.
A request must be for one of the hosts: a page of a foreign name that has come to mean this machine is refused.
"""

import os
import signal
import socket
import sys
from threading import Thread


def serve(listener: socket.socket, hosts: list[str]) -> bool:
    """Serve until SIGTERM, and return whether the server had started."""
    Thread(target=_end_with_stdin, daemon=True).start()
    import uvicorn  # noqa: PLC0415 - these take seconds, in which the command may end
    from prefect.server.api.server import create_app  # noqa: PLC0415
    from starlette.middleware.trustedhost import TrustedHostMiddleware  # noqa: PLC0415

    # Around the application: from within, Prefect's own services call it by a host name of their own.
    guarded = TrustedHostMiddleware(create_app(final=True), allowed_hosts=hosts, www_redirect=False)
    server = uvicorn.Server(uvicorn.Config(guarded, log_level="error"))
    server.run(sockets=[listener])
    return server.started


def _end_with_stdin() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(not serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:]))
