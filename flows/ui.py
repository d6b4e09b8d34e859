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
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from flows.prefect_server import HOST, free_port, wait_until_healthy
from warehouse.local import home

USUAL_PORT = 4200
END_S = 30.0


def ui(port: int | None) -> None:
    """Serve until Ctrl-C (or SIGTERM); without a port, Prefect's usual one, or a free one where that is taken.

    Raises:
        OSError: the port is taken.
        RuntimeError: a part does not start, or ends by itself; the message names its log.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    address = f"http://{HOST}:{_choose(port)}"
    environment = {**os.environ, "PREFECT_API_URL": f"{address}/api", "PREFECT_UI_URL": address}
    environment.pop("PREFECT_LOGGING_SETTINGS_PATH", None)  # the short lines are for a terminal
    with ExitStack() as parts:
        server_command = ("server", "start", "--host", HOST, "--port", address.rpartition(":")[2])
        server = parts.enter_context(_running("server", server_command, environment))
        wait_until_healthy(server, address, f"its log says why: {_log('server')}")
        _deploy(environment)
        worker_command = ("worker", "start", "--pool", "sparkify-process", "--name", "sparkify-ui")
        worker = parts.enter_context(_running("worker", worker_command, environment))
        print(f"Prefect: {address}/deployments    from a terminal: export PREFECT_API_URL={address}/api", flush=True)
        print(f"logs: {_log('server').parent}    Ctrl-C ends it all", flush=True)
        _watch({"server": server, "worker": worker})


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


@contextmanager
def _running(
    part: str, command: tuple[str, ...], environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a Prefect command with all that it starts while the body runs."""
    _log(part).parent.mkdir(parents=True, exist_ok=True)
    with _log(part).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "prefect", *command],
            env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and the processes of its session: kindly, and after a while by force."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
    with suppress(ProcessLookupError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _deploy(environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "deployments"]
    done = subprocess.run(  # noqa: S603
        command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout.strip())


def _watch(parts: "Mapping[str, subprocess.Popen[bytes]]") -> None:
    try:
        while all(process.poll() is None for process in parts.values()):
            time.sleep(0.5)
    except KeyboardInterrupt:
        return
    ended = next(part for part, process in parts.items() if process.poll() is not None)
    raise RuntimeError(f"Prefect's {ended} ended by itself; its log says why: {_log(ended)}")


def _log(part: str) -> Path:
    return home() / "logs" / f"{part}.log"
