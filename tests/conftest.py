"""What runs of the tests share: their folder, and which tests they run, in which order.

A process that only hands tests out to others imports nothing that they need (tests/fixtures.py).
"""

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

SCRATCH = Path(tempfile.mkdtemp(prefix="sparkify-test-"))
os.environ["PREFECT_HOME"] = str(SCRATCH / "prefect")  # before anything imports Prefect, which reads it then
os.environ.pop("PREFECT_API_URL", None)
os.environ["SPARKIFY_HOME"] = str(SCRATCH / "home")
os.environ["SPARKIFY_SERVER_IDLE_S"] = "0"  # what a command starts ends with it
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background without it
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and nohup without this one

LEFT = pytest.StashKey[int]()
"""How many slow tests a run leaves out."""
FROZEN = {"modules": 0}
"""How many modules had been imported when they were last kept out of the garbage collector's way."""
MANY_MODULES = 100


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a cluster be asked what it does, and the conformance cases be replayed on it."""
    group = parser.getgroup("redshift", "a Redshift cluster for -m redshift")
    group.addoption("--redshift-url", help="postgresql://user:password@host:5439/database?sslmode=require")
    group.addoption("--bucket", help="s3://bucket/prefix that you may write and the cluster may read")
    group.addoption("--iam-role", help="the ARN of the role that COPY names; by default IAM_ROLE default")
    group.addoption("--habits-file", default="habits.json", help="where to write what that cluster does")
    group.addoption("--i-accept-costs", action="store_true", help="make, use and delete a Serverless workgroup")
    group.addoption("--allowed-cidr", help="the network of this machine, which may connect to that workgroup")


def pytest_configure(config: pytest.Config) -> None:
    """Keep temporary folders apart from those of other runs on this machine, which clean up after each other."""
    config.option.basetemp = config.option.basetemp or str(SCRATCH / "tests")
    if getattr(config.option, "dist", "no") == "no":
        config.pluginmanager.import_plugin("tests.fixtures")


SLOW_FIXTURES = {"chromium", "installed", "life", "no_server", "sparkify_process", "stack", "ui"}
"""A browser, an installed copy of the project, a Prefect server or a process of one's own: what takes seconds."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what is long or needs such a fixture, and put first what takes longest or needs a Prefect server.

    What has a time limit of its own takes longest: no worker is to begin it when the others end. One worker starts a
    server: the first half goes to it, and another that has done its part takes from the end. Before all else a cluster
    is asked what it does, if there is one to ask.
    """
    for item in items:
        if SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())) or item.get_closest_marker("long"):
            item.add_marker("slow")

    def place(item: pytest.Item) -> list[bool]:
        asked, served = (name in getattr(item, "fixturenames", ()) for name in ("asked_cluster", "prefect_server"))
        is_longest = item.get_closest_marker("timeout") is not None and item.get_closest_marker("slow") is not None
        return [not asked, not is_longest, not served]

    items.sort(key=place)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count the slow tests that are left out, in each process that collects."""
    for item in items:
        item.config.stash[LEFT] = item.config.stash.get(LEFT, 0) + (item.get_closest_marker("slow") is not None)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the process that hands tests out know of them."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = session.config.stash.get(LEFT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear of them; every process has collected the same."""
    node.config.stash[LEFT] = getattr(node, "workeroutput", {}).get("left", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what a run has not tried."""
    if left := terminalreporter.config.stash.get(LEFT, 0):
        terminalreporter.write_line(f"{left} tests are left to make test-slow and make test-long")


def pytest_runtest_setup() -> None:
    """Keep what was imported out of the garbage collector's way, which else looks through all of it time and again."""
    if len(sys.modules) > FROZEN["modules"] + MANY_MODULES:
        gc.collect()
        gc.freeze()
        FROZEN["modules"] = len(sys.modules)


def pytest_unconfigure() -> None:
    """Leave nothing behind, in every process that runs tests or only hands them out."""
    shutil.rmtree(SCRATCH)
