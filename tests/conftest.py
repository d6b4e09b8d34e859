"""One embedded PostgreSQL and one Prefect server for all tests, a fresh schema or a fresh warehouse for each."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

SCRATCH = Path(tempfile.mkdtemp(prefix="sparkify-test-"))
os.environ["PREFECT_HOME"] = str(SCRATCH / "prefect")  # before anything imports Prefect, which reads it then
os.environ["SPARKIFY_HOME"] = str(SCRATCH / "home")
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background without it
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and nohup without this one

from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: E402
from prefect.testing.utilities import prefect_test_harness  # noqa: E402

from tests import browser  # noqa: E402
from tests.state import forget_aws, forget_everything  # noqa: E402
from warehouse import WarehouseConnection, connect, postgres_server  # noqa: E402

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from selenium.webdriver import Chrome

SCHEMAS = count(1)


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
    opened = connect("local", schema=schema)
    with opened.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    opened.commit()
    yield opened
    opened.rollback()
    with opened.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
    opened.commit()
    opened.close()


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The API of a Prefect server that lives as long as the tests; no heartbeats, which make each run wait for them."""
    no_heartbeats = temporary_settings(updates={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    with prefect_test_harness(server_startup_timeout=180), no_heartbeats:
        yield str(PREFECT_API_URL.value())


@pytest.fixture
def warehouse(prefect_server: str) -> None:
    """An empty local warehouse, with a Prefect server to run flows against."""
    forget_everything()


@pytest.fixture(scope="module")
def chromium() -> Iterator["Chrome"]:
    """A headless browser."""
    try:
        with browser.chromium() as started:
            yield started
    except browser.NoBrowser as error:
        pytest.skip(str(error))
