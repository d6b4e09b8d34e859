"""How a command starts: with what it needs, no more, and with a Prefect server of its own where none is configured."""

import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from cli.prefect_server import SERVE
from tests.cli.attacks import argument_lists, require_closed
from tests.flows.lakes import Lake
from tests.variants import often

HEAVY = (
    "altair", "boto3", "great_expectations", "numpy", "openlineage", "pandas", "polars", "prefect.server.api",
    "vl_convert",
)  # fmt: skip
ETL = f"""
import json, sys
from cli.__main__ import main
status = main(sys.argv[1:])
json.dump([status, [name for name in {HEAVY} if name in sys.modules]], sys.stderr)
"""
SERVER = """
import sys
from cli.prefect_server import own_server
with own_server() as wait:
    wait()
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL
    print(PREFECT_API_URL.value(), PREFECT_API_AUTH_STRING.value(), flush=True)
    sys.stdin.read()
"""
PROXIES = {
    "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "all_proxy": "socks5://127.0.0.1:9",
}  # fmt: skip
"""Proxies that do not answer."""
HEARTBEATS = """
from prefect import flow
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY
from cli.prefect_server import own_server
from cli.proxies import keep_loopback_off_proxies
keep_loopback_off_proxies()
with own_server() as wait:
    wait()
    print(flow(PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value)())
"""


def outcome(lake: Lake, api: str) -> tuple[int, list[str]]:
    """Run `sparkify etl` in a process of its own; return its exit status, and what it has imported of what is heavy."""
    command = [sys.executable, "-c", ETL, "etl", "--events", lake.events, "--songs", lake.songs]
    done = subprocess.run(
        command, env=os.environ | {"PREFECT_API_URL": api}, capture_output=True, text=True, timeout=240, check=False
    )
    status, imported = json.loads(done.stderr.splitlines()[-1])
    return status, imported


@pytest.mark.parametrize(
    ("arguments", "needless"),
    [
        ("--help", ("prefect", "pydantic", "great_expectations", "sqlglot", "psycopg2")),
        ("etl --help", ("prefect", "pydantic", "great_expectations", "sqlglot", "psycopg2")),
        ("sql --list", ("prefect", "pydantic", "great_expectations", "rich.console")),
    ],
)
def test_who_only_asks_waits_for_nothing_else(arguments: str, needless: tuple[str, ...]) -> None:
    code = f"import sys; from cli.__main__ import main; print(main(), [n for n in {needless} if n in sys.modules])"
    command = [sys.executable, "-c", code, *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.slow
def test_a_run_with_nothing_new_imports_nothing_that_only_a_load_needs(
    whole_flows: None, prefect_server: str, lake: Lake
) -> None:
    status, imported = outcome(lake, prefect_server)
    assert (status, {"great_expectations", "polars"} - set(imported), "openlineage" in imported) == (0, set(), False)
    assert outcome(lake, prefect_server) == (0, [])


@pytest.fixture
def no_server(tmp_path: Path) -> dict[str, str]:
    """An environment that names no server."""
    environment = os.environ | {"PREFECT_HOME": str(tmp_path)}
    environment.pop("PREFECT_API_URL", None)
    return environment


@pytest.fixture
def own_server_process(no_server: dict[str, str]) -> "subprocess.Popen[str]":
    """A process that has started a server of its own, and prints where it listens."""
    return subprocess.Popen(
        [sys.executable, "-c", SERVER], env=no_server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.long
def test_a_run_on_a_server_of_its_own_asks_no_proxy_and_sends_no_heartbeats_which_it_would_have_to_wait_for(
    no_server: dict[str, str],
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HEARTBEATS],
        env=no_server | PROXIES, capture_output=True, text=True, timeout=240, check=False, umask=0o022,
    )  # fmt: skip
    assert done.stdout == "None\n", done.stderr
    database = Path(no_server["PREFECT_HOME"]) / "prefect.db"  # holds the secrets of blocks, and the key to them
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_the_server_of_a_command_answers_nobody_else(no_server: dict[str, str], tmp_path: Path) -> None:
    with (
        (tmp_path / "stderr").open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-c", SERVER],
            env=no_server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        api, auth = process.stdout.readline().split()
        require_closed(api, auth)
        assert auth not in argument_lists()
        process.communicate()
    assert [file for file in tmp_path.rglob("*") if file.is_file() and auth.encode() in file.read_bytes()] == []


def test_a_query_of_a_saved_block_uses_a_server_of_the_command_and_none_of_prefects(no_server: dict[str, str]) -> None:
    command = [sys.executable, "-m", "cli", "sql", "SELECT 1", "--warehouse", "redshift-cluster/none"]
    started = set[str]()
    with subprocess.Popen(command, env=no_server, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess):
                started.update(word for child in psutil.Process(process.pid).children() for word in child.cmdline())
            Event().wait(0.05)
        assert process.stderr is not None
        assert process.stderr.read().startswith("sparkify sql failed: warehouse 'redshift-cluster/none' is not known")
    assert (str(SERVE) in started, "uvicorn" in started) == (True, False)


@pytest.mark.parametrize("end", often([signal.SIGINT, signal.SIGKILL]))
def test_a_command_takes_its_server_along_however_it_ends(
    own_server_process: "subprocess.Popen[str]", end: signal.Signals
) -> None:
    with own_server_process as process:
        assert process.stdout is not None
        health = f"{process.stdout.readline().split()[0]}/health"
        urlopen(health, timeout=30).close()
        process.send_signal(end)
    while True:
        try:
            with closing(urlopen(health, timeout=30)):
                Event().wait(0.1)
        except (URLError, ConnectionError):
            return
