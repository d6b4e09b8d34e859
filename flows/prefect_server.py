"""A Prefect server for one command, where none is configured; it starts while the command imports what it needs.

Prefect would start one as well, but late: when the first flow runs, and after importing the whole server into this
process too. A server of ours ends with the command that started it, also where that is killed.
"""

import atexit
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

HOST = "127.0.0.1"
START_S = 180.0  # on a new PREFECT_HOME and a busy machine
END_S = 10.0
AS_PREFECT_STARTS_ITS_OWN = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
}
SERVE = """
import os, signal, sys, threading
def end_with_the_command():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_the_command, daemon=True).start()
import uvicorn
host, port = sys.argv[1], int(sys.argv[2])
uvicorn.run("prefect.server.api.server:create_app", factory=True, host=host, port=port, log_level="error")
"""


@contextmanager
def own_server() -> Iterator[Callable[[], None]]:
    """Start a server if Prefect's settings name none, and use it in the body, which gets a function that waits for it.

    Raises:
        RuntimeError: it does not start; why is on stderr.
    """
    from prefect.logging import get_logger  # noqa: PLC0415 - takes seconds to import
    from prefect.settings import (  # noqa: PLC0415
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
        get_current_settings,
        temporary_settings,
    )

    if PREFECT_API_URL.value() or not PREFECT_SERVER_ALLOW_EPHEMERAL_MODE.value():
        yield lambda: None
        return
    address = f"http://{HOST}:{free_port()}"
    server = _serve(address, get_current_settings().to_environment_variables(exclude_unset=True))
    get_logger("sparkify").info("Starting a Prefect server for this command at %s", address)
    # Nobody watches for heartbeats there, and a run sleeps up to a second before it ends them.
    with temporary_settings({PREFECT_API_URL: f"{address}/api", PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield lambda: wait_until_healthy(server, address, "its last words are above")


def _serve(address: str, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", SERVE, *address.removeprefix("http://").split(":")],
        env={**os.environ, **AS_PREFECT_STARTS_ITS_OWN, **settings},
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the flow, which wants to say how it ended
    )
    atexit.register(_end, server)  # by then Prefect's own threads have sent what they had
    return server


def _end(server: "subprocess.Popen[bytes]") -> None:
    if server.stdin:
        server.stdin.close()
    try:
        server.wait(END_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(server: "subprocess.Popen[bytes]", address: str, where_it_says_why: str) -> None:
    """Wait until the server answers.

    Raises:
        RuntimeError: it ends, or does not answer in time.
    """
    until = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{address}/api/health", timeout=5).close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"Prefect's server did not start; {where_it_says_why}")
