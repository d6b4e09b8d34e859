"""A Prefect server for commands, where none is configured; it starts while the command imports what it needs.

Prefect would start one as well, but late: when the first flow runs, and after importing the whole server into this
process too. A server of ours lives on for the next command (`cli.kept_server`), or, where it may not, ends with the
command that started it, also where that is killed. It answers nobody else: other users of this machine and pages in a
browser lack the auth string, which no command line and no log has.
"""

import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Protocol

from cli.kept_server import (
    PASSED_ON,
    STARTING,
    STATE,
    USERS,
    find,
    idle_s,
    is_alone,
    locked,
    made_for,
    may_be_kept,
    remember,
    stop,
)
from cli.prefect_api import require_named_api
from lake.folders import require_writable
from lake.printable import printable_lines
from warehouse.home import home

HOST = "127.0.0.1"
HOSTS = (HOST, "localhost")
START_S = 180.0  # on a new PREFECT_HOME and a busy machine
END_S = 10.0
WITHOUT_PROXY = urllib.request.ProxyHandler({})
AS_PREFECT_STARTS_ITS_OWN = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
}
SERVE = Path(__file__).with_name("serve.py")


class Polled(Protocol):
    """A process, as far as one waits for it."""

    def poll(self) -> int | None:
        """Return None while it runs."""


@contextmanager
def own_server() -> Iterator[Callable[[], None]]:
    """Start a server if Prefect's settings name none, and use it in the body, which gets a function that waits for it.

    Raises:
        ConnectionError: it does not start; or nobody answers where the settings name one.
        WarehouseUnavailable: there is no folder that it could keep its state in.
    """
    from prefect.settings import (  # noqa: PLC0415 - takes seconds to import
        PREFECT_API_AUTH_STRING,
        PREFECT_API_URL,
        PREFECT_CLIENT_CSRF_SUPPORT_ENABLED,
        PREFECT_CLIENT_MAX_RETRIES,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    if require_named_api():
        yield lambda: None
        return
    require_writable("PREFECT_HOME", get_current_settings().home.absolute())
    settings = AS_PREFECT_STARTS_ITS_OWN | get_current_settings().to_environment_variables(exclude_unset=True)
    with (
        _kept(settings, get_current_settings().home) as kept,
        _private(settings) if kept is None else nullcontext(kept) as server,
    ):
        ours = {
            PREFECT_API_URL: f"{server.address}/api",
            PREFECT_API_AUTH_STRING: server.auth,
            PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: True,
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,  # nobody watches, and a run sleeps before it ends them
            PREFECT_CLIENT_MAX_RETRIES: 2,  # a server that has ended does not come back
        }
        with temporary_settings(ours):
            yield lambda: wait_until_healthy(server.process, server.address, server.why)


@dataclass(frozen=True)
class _Server:
    """A server, and how to find out why it does not answer."""

    address: str
    auth: str
    process: Polled
    why: Callable[[], str]


@contextmanager
def _private(settings: dict[str, str]) -> Iterator[_Server]:
    """Start a server that ends with the body; it logs to our stderr."""
    listener, auth, words = listen(), new_auth_string(), list[str]()
    address = address_of(listener)
    process = _serve(listener, settings | guarded(address, auth), words)
    try:
        yield _Server(address, auth, process, lambda: "its last words are above" if words else "")
    finally:
        _end(process)


@contextmanager
def _kept(settings: dict[str, str], prefect_home: Path) -> Iterator[_Server | None]:
    """Find or start a server that lives on, and keep it from ending; None where none may, or another is in use."""
    seconds, folder = idle_s(), home()
    if not seconds or not may_be_kept(folder):
        yield None
        return
    with locked(folder / USERS, fcntl.LOCK_SH) as users:
        with locked(folder / STARTING, fcntl.LOCK_EX) as turn:
            server = None if users is None or turn is None else _find_or_start(folder, settings, prefect_home, users)
        yield server


def _find_or_start(folder: Path, settings: dict[str, str], prefect_home: Path, users: int) -> _Server | None:
    log, wanted = folder / "logs/prefect-server.log", made_for(settings, prefect_home, SERVE)
    kept = find(folder)
    if kept is not None and kept.made_for != wanted:
        if not is_alone(users):
            return None
        stop(folder)
        kept = None
    if kept is None:
        listener, auth = listen(), new_auth_string()
        address = address_of(listener)
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        kept_by = ("--kept", str(folder / STATE), str(folder / USERS), str(idle_s()))
        with log.open("wb") as output:
            process = start_server(listener, environment | settings | guarded(address, auth), output, kept_by)
        process.returncode = 0  # nobody waits for it
        kept = remember(folder, process.pid, address, auth, wanted)
    return _Server(kept.address, kept.auth, kept, lambda: f"the cause is in its log: {log}")


def _serve(listener: socket.socket, settings: dict[str, str], words: list[str]) -> "subprocess.Popen[bytes]":
    """Start a server, which logs to our stderr; its lines go to `words` too."""
    server = start_server(listener, {**os.environ, **settings}, subprocess.PIPE)
    Thread(target=_pass_on, args=(server, words), daemon=True).start()
    return server


def start_server(
    listener: socket.socket, environment: Mapping[str, str], output: int | IO[bytes] | None, kept: tuple[str, ...] = ()
) -> "subprocess.Popen[bytes]":
    """Start a server on a socket, which only it has then; it ends with this process, unless it is to be kept."""
    with listener:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", str(SERVE), str(listener.fileno()), *kept, *HOSTS],
            env=dict(environment),
            stdin=subprocess.DEVNULL if kept else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
            umask=0o077,  # its database has the secrets of blocks, and the key to them
            start_new_session=True,  # Ctrl-C is for the flow, which reports how it ended
        )


def listen(port: int = 0) -> socket.socket:
    """Return a socket on a port of this machine, a free one by default, which nobody can take before the server has it.

    Raises:
        OSError: the port is taken.
    """
    return socket.create_server((HOST, port))


def listen_where(wanted: int | None, usual: int) -> socket.socket:
    """Return a socket on the wanted port; where none is wanted, on the usual one, or a free one if that is taken.

    Raises:
        OSError: the wanted port is taken.
    """
    try:
        return listen(wanted or usual)
    except OSError as error:
        if wanted:
            raise OSError(f"port {wanted} of {HOST} is taken: name another with --port, or none") from error
    return listen()


def address_of(listener: socket.socket) -> str:
    """Return the URL of a server on this socket."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


def new_auth_string() -> str:
    """Return a random auth string, in the form that Prefect wants, user:password."""
    return f"sparkify:{secrets.token_urlsafe(32)}"


def guarded(address: str, auth: str) -> dict[str, str]:
    """Return the settings of a server that answers who has the auth string, and in a browser its own pages alone."""
    port = address.rpartition(":")[2]
    return {
        "PREFECT_SERVER_API_AUTH_STRING": auth,
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": ",".join(f"http://{host}:{port}" for host in HOSTS),
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
    }


def _pass_on(server: "subprocess.Popen[bytes]", words: list[str]) -> None:
    for line in server.stdout or ():
        words.append(line.decode(errors="replace"))
        sys.stderr.write(printable_lines(words[-1]))


def _end(server: "subprocess.Popen[bytes]") -> None:
    if server.stdin:
        server.stdin.close()
    try:
        server.wait(END_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def wait_until_healthy(server: Polled, address: str, where_it_says_why: Callable[[], str]) -> None:
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
