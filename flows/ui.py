"""`sparkify ui`: Prefect's server, a worker and all deployments on this machine, for whoever wants to click around.

The server listens on the loopback address only. What was started here ends with the command; the runs, schedules and
artifacts are under PREFECT_HOME and are there again the next time.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from flows.prefect_server import HOST, free_port, wait_until_healthy
from warehouse.local import home

USUAL_PORT = 4200
END_S = 10.0
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
        _serve(parts, f"http://{HOST}:{_choose(port)}")
    except KeyboardInterrupt:
        _say(f"ending {', '.join(parts) or 'what has begun'}: their runs too, which publish nothing then")
    finally:
        _end(parts.values())


def _serve(parts: "dict[str, subprocess.Popen[bytes]]", address: str) -> None:
    """Start one part after the other, and watch them."""
    environment = {**os.environ, "PREFECT_API_URL": f"{address}/api", "PREFECT_UI_URL": address}
    environment.pop("PREFECT_LOGGING_SETTINGS_PATH", None)  # the short lines are for a terminal
    server_command = ("prefect", "server", "start", "--host", HOST, "--port", address.rpartition(":")[2])
    parts["server"] = _start("server", server_command, environment)
    wait_until_healthy(parts["server"], address, lambda: f"its log says why: {_log('server')}")
    parts["deployments"] = _start("deployments", ("deployments",), environment)
    if parts["deployments"].wait():
        raise ChildProcessError(_log("deployments").read_text(errors="replace").strip())
    del parts["deployments"]
    worker_command = ("prefect", "worker", "start", "--pool", "sparkify-process", "--name", "sparkify-ui")
    parts["worker"] = _start("worker", worker_command, environment)
    _say(f"Prefect: {address}/deployments    from a terminal: export PREFECT_API_URL={address}/api")
    _say(f"logs: {_log('server').parent}    Ctrl-C ends it all")
    _watch(parts)


def _choose(port: int | None) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port or USUAL_PORT))
        except OSError as error:
            if port:
                raise OSError(f"port {port} of {HOST} is taken: name another with --port, or none") from error
        else:
            return port or USUAL_PORT
    return free_port()


def _start(part: str, command: tuple[str, ...], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a Python module, as the leader of all that it starts in turn."""
    _log(part).parent.mkdir(parents=True, exist_ok=True)
    with _log(part).open("wb") as log:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *command],
            env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


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
    raise ChildProcessError(f"Prefect's {ended} ended by itself; its log says why: {_log(ended)}")


def _say(text: str) -> None:
    with suppress(OSError):  # the terminal was closed
        print(text, flush=True)


def _log(part: str) -> Path:
    return home() / "logs" / f"{part}.log"
