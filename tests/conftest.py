"""One embedded PostgreSQL and one Prefect server for all tests, a fresh schema or a fresh warehouse for each."""

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import hypothesis  # noqa: F401 - it asks the garbage collector for what it takes in as it is imported
import pytest
from moto.server import ThreadedMotoServer

SCRATCH = Path(tempfile.mkdtemp(prefix="sparkify-test-"))
os.environ["PREFECT_HOME"] = str(SCRATCH / "prefect")  # before anything imports Prefect, which reads it then
os.environ["SPARKIFY_HOME"] = str(SCRATCH / "home")
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background without it
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and nohup without this one

from prefect.blocks.core import Block  # noqa: E402
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: E402
from prefect.testing.utilities import prefect_test_harness  # noqa: E402

from local_redshift import postgres_server  # noqa: E402
from local_redshift.pytest_plugin import fresh_schema  # noqa: E402
from tests import browser  # noqa: E402
from tests.expectations.rows import GOOD_ROWS, create_tables, execute  # noqa: E402
from tests.stages import bare_stages  # noqa: E402
from tests.state import forget_aws, forget_everything  # noqa: E402
from warehouse import WarehouseConnection, connect  # noqa: E402

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from selenium.webdriver import Chrome

SCHEMAS = count(1)
LEFT = pytest.StashKey[int]()
"""How many slow tests a run leaves out."""
FROZEN = {"modules": 0}
"""How many modules had been imported when they were last kept out of the garbage collector's way."""
MANY_MODULES = 100


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the conformance cases be replayed on a cluster."""
    group = parser.getgroup("redshift", "a Redshift cluster for -m redshift")
    group.addoption("--redshift-url", help="postgresql://user:password@host:5439/database?sslmode=require")
    group.addoption("--bucket", help="s3://bucket/prefix that you may write and the cluster may read")
    group.addoption("--iam-role", help="the ARN of the role that COPY names; by default IAM_ROLE default")
    group.addoption("--i-accept-costs", action="store_true", help="make, use and delete a Serverless workgroup")
    group.addoption("--allowed-cidr", help="the network of this machine, which may connect to that workgroup")


def pytest_configure(config: pytest.Config) -> None:
    """Keep temporary folders apart from those of other runs on this machine, which clean up after each other."""
    config.option.basetemp = config.option.basetemp or str(SCRATCH / "tests")


SLOW_FIXTURES = {"chromium", "installed", "life", "no_server", "sparkify_process", "stack", "ui"}
"""A browser, an installed copy of the project, a Prefect server or a process of one's own: what takes seconds."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what needs such a fixture."""
    for item in items:
        if SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


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
        terminalreporter.write_line(f"{left} tests are left to make test-slow")


def pytest_runtest_setup() -> None:
    """Keep what was imported out of the garbage collector's way, which else looks through all of it time and again."""
    if len(sys.modules) > FROZEN["modules"] + MANY_MODULES:
        gc.collect()
        gc.freeze()
        FROZEN["modules"] = len(sys.modules)


def pytest_unconfigure() -> None:
    """Leave nothing behind, in every process that runs tests or only hands them out."""
    shutil.rmtree(SCRATCH)


REAL_LAKE = Path(__file__).parents[2] / "shared/lake"


@pytest.fixture(scope="session", autouse=True)
def sparkify_home() -> Iterator[Path]:
    """The SPARKIFY_HOME of the tests; its server ends with them."""
    yield SCRATCH / "home"
    postgres_server.stop(SCRATCH / "home")


@pytest.fixture(scope="session")
def real_lake() -> Path:
    """The real Sparkify files: 30 daily logs, 71 songs."""
    if not REAL_LAKE.is_dir():
        pytest.skip(f"the real Sparkify files are not at {REAL_LAKE}")
    return REAL_LAKE


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """Where an emulated AWS listens; who uses it makes it forget what others left there."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator["S3Client"]:
    """An S3 with an empty bucket named lake, which this process is set up to use."""
    settings = {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    forget_aws(moto_endpoint)
    client = boto3.client("s3")
    client.create_bucket(Bucket="lake")
    yield client
    client.close()


@pytest.fixture
def schema() -> str:
    """The name of a schema that no other test uses."""
    return f"test_{next(SCHEMAS)}"


@pytest.fixture
def connection(schema: str) -> Iterator[WarehouseConnection]:
    """A connection to the local warehouse, in a schema of its own."""
    with fresh_schema(schema, lambda: connect("local", schema=schema)) as opened:
        yield opened


@pytest.fixture(scope="session")
def loaded(sparkify_home: Path) -> Iterator[WarehouseConnection]:
    """A connection to a schema that holds the good rows of all suites."""
    with closing(connect("local", schema="good_rows")) as connection:
        with connection:
            execute(connection, "CREATE SCHEMA good_rows")
            create_tables(connection)
            execute(connection, GOOD_ROWS)
        yield connection
    with closing(connect("local")) as connection, connection:  # another: tests of crashes end the server in between
        execute(connection, "DROP SCHEMA good_rows CASCADE")


@pytest.fixture
def good_rows(loaded: WarehouseConnection) -> Iterator[WarehouseConnection]:
    """A connection in an open transaction on the good rows, which is rolled back."""
    yield loaded
    loaded.rollback()


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The API of a Prefect server that lives as long as the tests; no heartbeats, which make each run wait for them."""
    no_heartbeats = temporary_settings(updates={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    with prefect_test_harness(server_startup_timeout=500), no_heartbeats:
        yield str(PREFECT_API_URL.value())


@pytest.fixture(scope="session", autouse=True)
def each_schema_is_made_once() -> Iterator[None]:
    """Let Prefect make the JSON schema of a block once: it makes it anew for each field of each block that it saves."""
    make, made = Block.model_json_schema.__func__, dict[tuple[object, ...], dict[str, Any]]()  # type: ignore[attr-defined]

    def model_json_schema(block: type[Block], /, *options: object, **named: object) -> dict[str, Any]:
        key = (block, options, tuple(sorted(named.items())))
        if key not in made:
            made[key] = make(block, *options, **named)
        return deepcopy(made[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Block, "model_json_schema", classmethod(model_json_schema))
        yield


@pytest.fixture(params=["stages", pytest.param("whole", marks=(pytest.mark.slow, pytest.mark.long))])
def flows(request: pytest.FixtureRequest) -> Iterator[None]:
    """Flows that run by their stages alone, in no time, and in the long part as a whole, with a Prefect server."""
    if request.param == "whole":
        request.getfixturevalue("prefect_server")
    with bare_stages() if request.param == "stages" else nullcontext():
        yield


@pytest.fixture
def warehouse(flows: None) -> None:
    """An empty local warehouse, for flows that run by their stages, and in the long part as a whole."""
    forget_everything()


@pytest.fixture
def whole_flows(prefect_server: str) -> None:
    """An empty local warehouse, for flows that run as a whole in the fast part too."""
    forget_everything()


@pytest.fixture(scope="module")
def chromium() -> Iterator["Chrome"]:
    """A headless browser."""
    try:
        with browser.chromium() as started:
            yield started
    except browser.NoBrowser as error:
        pytest.skip(str(error))
