"""A Prefect server for one command, where none is configured; it starts while the command imports what it needs.

Prefect would start one as well, but late: when the first flow runs, and after importing the whole server into this
process too. A server of ours ends with the command that started it, also where that is killed.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread

from flows.prefect_api import require_named_api
from warehouse.folders import require_writable

HOST = "127.0.0.1"
START_S = 180.0  # on a new PREFECT_HOME and a busy machine
END_S = 10.0
WITHOUT_PROXY = urllib.request.ProxyHandler({})
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
        ConnectionError: it does not start; or nobody answers where the settings name one.
        WarehouseUnavailable: there is no folder that it could keep its state in.
    """
    from prefect.logging import get_logger  # noqa: PLC0415 - takes seconds to import
    from prefect.settings import (  # noqa: PLC0415
        PREFECT_API_URL,
        PREFECT_CLIENT_MAX_RETRIES,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    if require_named_api():
        yield lambda: None
        return
    require_writable("PREFECT_HOME", get_current_settings().home.absolute())
    address = f"http://{HOST}:{free_port()}"
    words: list[str] = []
    server = _serve(address, get_current_settings().to_environment_variables(exclude_unset=True), words)
    get_logger("sparkify").info("Starting a Prefect server for this command at %s", address)
    ours = {
        PREFECT_API_URL: f"{address}/api",
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,  # nobody watches, and a run sleeps up to a second before it ends them
        PREFECT_CLIENT_MAX_RETRIES: 2,  # a server that has ended does not come back
    }
    try:
        with temporary_settings(ours):
            yield lambda: wait_until_healthy(server, address, lambda: "its last words are above" if words else "")
    finally:
        _end(server)


def _serve(address: str, settings: Mapping[str, str], words: list[str]) -> "subprocess.Popen[bytes]":
    """Start a server, which says on our stderr what it has to say; that goes to `words` too."""
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", SERVE, *address.removeprefix("http://").split(":")],
        env={**os.environ, **AS_PREFECT_STARTS_ITS_OWN, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for the flow, which wants to say how it ended
    )
    Thread(target=_pass_on, args=(server, words), daemon=True).start()
    return server


def _pass_on(server: "subprocess.Popen[bytes]", words: list[str]) -> None:
    for line in server.stdout or ():
        words.append(line.decode(errors="replace"))
        sys.stderr.write(words[-1])


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


def wait_until_healthy(server: "subprocess.Popen[bytes]", address: str, where_it_says_why: Callable[[], str]) -> None:
    """Wait until the server answers.

    Raises:
        ConnectionError: it ends, or does not answer in time.
    """
    until = time.monotonic() + START_S
    opener = urllib.request.build_opener(WITHOUT_PROXY)
    while server.poll() is None and time.monotonic() < until:
        try:
            opener.open(f"{address}/api/health", timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    ended = server.poll() is not None
    how = f"it ended with exit status {server.poll()}" if ended else f"it did not answer within {START_S:.0f} s"
    raise ConnectionError("; ".join(filter(None, (f"Prefect's server did not start: {how}", where_it_says_why()))))
