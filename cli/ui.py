"""`sparkify ui`: Prefect's server, a worker and the deployments that can run here, for whoever wants to click around.

The server listens on the loopback address only, and answers who has its auth string; that stays the same from one time
to the next, so that browsers and terminals stay logged in. What was started here ends with the command; the runs,
schedules and artifacts are under PREFECT_HOME and are there again the next time.
"""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cli.kept_secret import kept_secret
from cli.pages import pages_url
from cli.prefect_server import address_of, guarded, listen_where, new_auth_string, start_server, wait_until_healthy
from cli.printing import say, starting
from lake.folders import make_private
from lake.printable import printable
from reports.links import SERVED_AT
from warehouse.home import home

USUAL_PORT = 4200
AUTH_STRING = "prefect-auth-string"
END_S = 3.0
"""How long what ends has for it; whoever told it to waits."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ui(port: int | None) -> None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP; without a port, Prefect's usual one, or a free one where that is taken.

    Raises:
        OSError: the port is taken, or a part does not start, or ends by itself; the message names its log.
    """
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup makes SIGHUP
            signal.signal(number, signal.default_int_handler)
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        with starting("sparkify ui") as has_started:
            _serve(parts, listen_where(port, USUAL_PORT), home() / AUTH_STRING, has_started)
    except KeyboardInterrupt:
        _say(f"ending {', '.join(parts) or 'what has begun'}: their runs too, which publish nothing then")
    finally:
        _end(parts.values())


def _serve(
    parts: "dict[str, subprocess.Popen[bytes]]",
    listener: socket.socket,
    auth_file: Path,
    has_started: Callable[[], None],
) -> None:
    """Start one part after the other, and watch them."""
    address = address_of(listener)
    environment = _environment(address, auth := kept_secret(auth_file, new_auth_string))
    with _open_log("server") as log, _signals_wait():
        parts["server"] = start_server(listener, environment | guarded(address, auth), log)
    wait_until_healthy(parts["server"], address, lambda: f"the cause is in its log: {_log('server')}")
    say("sparkify ui: Prefect's server answers; the deployments are next ...")
    _start(parts, "deployments", ("deployments",), environment)
    if parts["deployments"].wait():
        raise ChildProcessError(_log("deployments").read_text(errors="replace").strip())
    del parts["deployments"]
    for line in _log("deployments").read_text(errors="replace").splitlines():
        if line.startswith("left "):  # out, or as they are
            _say(line)
    worker_command = ("prefect", "worker", "start", "--pool", "sparkify-process", "--name", "sparkify-ui")
    _start(parts, "worker", worker_command, environment)
    has_started()
    show = f"cat {shlex.quote(str(auth_file))}"
    _say(f"Prefect: {address}/login    the password that it asks for: {show}")
    _say(f'from a terminal: export PREFECT_API_URL={address}/api PREFECT_API_AUTH_STRING="$({show})"')
    _say(f"logs: {_log('server').parent}    Ctrl-C ends it all")
    _watch(parts)


def _environment(address: str, auth: str) -> dict[str, str]:
    """Return the environment of all parts: they are clients of the server, the server itself too."""
    environment = {
        **os.environ,
        "PREFECT_API_URL": f"{address}/api",
        "PREFECT_UI_URL": address,
        "PREFECT_API_AUTH_STRING": auth,
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
        SERVED_AT: pages_url(address, auth),
    }
    environment.pop("PREFECT_LOGGING_SETTINGS_PATH", None)  # the short lines are for a terminal
    return environment


def _start(
    parts: "dict[str, subprocess.Popen[bytes]]", part: str, command: tuple[str, ...], environment: Mapping[str, str]
) -> None:
    """Start a Python module, as the leader of all that it starts in turn."""
    with _open_log(part) as log, _signals_wait():
        parts[part] = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *command],
            env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let what ends the command wait for the end of the body: what is started and not yet known would be left behind.

    They are not blocked: a process that is started meanwhile would have them blocked for good.
    """
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in handlers.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])


def _end(processes: Collection["subprocess.Popen[bytes]"]) -> None:
    """End processes and those of their sessions, all at once: kindly, and after a while by force."""
    for number in ENDING:  # whoever asks twice must not leave half of them behind
        signal.signal(number, signal.SIG_IGN)
    until = time.monotonic() + END_S
    for process in processes:
        process.terminate()
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(until - time.monotonic(), 0))
        with suppress(ProcessLookupError):  # all of them have ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _watch(parts: "Mapping[str, subprocess.Popen[bytes]]") -> None:
    while all(process.poll() is None for process in parts.values()):
        time.sleep(0.5)
    ended = next(part for part, process in parts.items() if process.poll() is not None)
    raise ChildProcessError(f"Prefect's {ended} ended by itself; the cause is in its log: {_log(ended)}")


def _say(text: str) -> None:
    with suppress(OSError):  # the terminal was closed
        print(printable(text), flush=True)


def _open_log(part: str) -> BinaryIO:
    make_private(_log(part).parent)
    return _log(part).open("wb")


def _log(part: str) -> Path:
    return home() / "logs" / f"{part}.log"
