"""What operations are tested on: everything that `sparkify ui` starts, on a free port, and who takes its alerts."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import httpx

from cli.kept_secret import kept_secret
from cli.prefect_server import new_auth_string
from cli.ui import AUTH_STRING
from flows.roots import LAKE_ROOTS
from tests.cli.attacks import login, with_csrf
from warehouse.home import home as local_home

PATIENCE_S = 300
BUSY = 503
HURRIED = {  # Prefect's own waits, so that tests need not wait as long
    "PREFECT_DEPLOYMENT_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}


@dataclass(frozen=True)
class Stack:
    """A Prefect server with a worker and all deployments, as `sparkify ui` starts them."""

    address: str
    environment: dict[str, str]
    webhook: str
    alerts: list[dict[str, str]]
    said: Path
    """What `sparkify ui` printed."""

    def command(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run a Python module against the server."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            env=self.environment | settings, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask the server's API as Prefect's own clients do: once more where it says that its database is busy."""
        answer: httpx.Response

        def answered() -> bool:
            nonlocal answer
            api, auth = f"{self.address}/api", self.environment["PREFECT_API_AUTH_STRING"]
            headers = {} if method == "GET" else with_csrf(api, auth)
            answer = httpx.request(
                method, f"{api}/{path}", json=body, headers=headers, auth=login(auth), timeout=PATIENCE_S
            )
            return answer.status_code != BUSY

        until(answered)
        return answer

    def get(self, path: str) -> Any:
        """Read something of the server's."""
        return self.ask("GET", path).raise_for_status().json()

    def post(self, path: str, body: object = None) -> Any:
        """Tell the server something, or search it."""
        answer = self.ask("POST", path, body or {}).raise_for_status()
        return answer.json() if answer.content else None

    def patch(self, path: str, body: object) -> None:
        """Change something as the UI does."""
        self.ask("PATCH", path, body).raise_for_status()

    def deployment(self, name: str) -> Any:
        """Read a deployment by its name."""
        return self.get(f"deployments/name/{name}")

    def start(self, name: str, **parameters: object) -> str:
        """Start a run of a deployment, and return its id."""
        deployment = self.deployment(name)["id"]
        wanted = {"parameters": parameters, "idempotency_key": str(uuid4())}  # one run, however often it is asked for
        run = self.post(f"deployments/{deployment}/create_flow_run", wanted)
        return str(run["id"])

    def watch(self, name: str, **parameters: object) -> tuple[int, Any]:
        """Run a deployment with `prefect deployment run --watch`; return the exit status and the run."""
        given = [word for key, value in parameters.items() for word in ("-p", f"{key}={value}")]
        done = self.command("prefect", "deployment", "run", name, "--watch", *given)
        newest = {"sort": "START_TIME_DESC", "limit": 1, "deployments": {"name": {"any_": [name.partition("/")[2]]}}}
        return done.returncode, self.post("flow_runs/filter", newest)[0]

    def state(self, run: str) -> str:
        """Return the name of a run's state."""
        return str(self.get(f"flow_runs/{run}")["state_name"])

    def task_runs(self, run: str) -> dict[str, str]:
        """Return the states of a run's task runs, by their names."""
        found = self.post("task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        return {task["name"]: task["state_name"] for task in found}

    def artifacts(self, run: str) -> dict[str, str]:
        """Return what a run has kept, by key."""
        found = self.post("artifacts/filter", {"flow_runs": {"id": {"any_": [run]}}})
        return {each["key"]: str(each["data"]) for each in found}

    def alert(self, words: str, about: str = "") -> dict[str, str]:
        """Wait for an alert whose subject has these words, and whose body has what it is about, such as a run's id."""

        def found() -> list[dict[str, str]]:
            return [alert for alert in self.alerts if words in alert["subject"] and about in alert["body"]]

        until(lambda: bool(found()))
        return found()[0]


def until(true: Callable[[], bool]) -> None:
    """Wait until something has become true of another process."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never became true"
        Event().wait(0.1)


@contextmanager
def running_stack(home: Path) -> Iterator[Stack]:
    """Start it all, and end it."""
    with listening() as (url, alerts), socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, **HURRIED, "PREFECT_HOME": str(home), LAKE_ROOTS: str(home.parent)}
        environment.pop("PREFECT_API_URL", None)
        with (home / "ui.log").open("w+") as said:
            command = [sys.executable, "-m", "cli", "ui", "--port", str(port)]
            process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
            try:
                until(lambda: "Prefect: " in (home / "ui.log").read_text() or process.poll() is not None)
                assert process.poll() is None, (home / "ui.log").read_text()
                address = f"http://127.0.0.1:{port}"
                auth = kept_secret(local_home() / AUTH_STRING, new_auth_string)
                client = {"PREFECT_API_URL": f"{address}/api", "PREFECT_API_AUTH_STRING": auth}
                yield Stack(address, environment | client, url, alerts, home / "ui.log")
            finally:
                process.terminate()
                process.wait(PATIENCE_S)


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Take messages over HTTP, as a chat's webhook does."""
    messages: list[dict[str, str]] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", messages
        server.shutdown()
