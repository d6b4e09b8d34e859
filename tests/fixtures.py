"""One embedded PostgreSQL and one Prefect server for all tests, a fresh schema or a fresh warehouse for each."""

import os
from collections.abc import Iterator
from contextlib import closing, nullcontext
from copy import deepcopy
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.loaders
import hypothesis  # noqa: F401 - it asks the garbage collector for what it takes in as it is imported
import pytest
from prefect.blocks.core import Block

from client import interruption
from local_redshift import postgres_server
from local_redshift.postgres_settings import SETTINGS
from local_redshift.pytest_plugin import fresh_schema
from tests import browser
from tests.expectations.rows import GOOD_ROWS, create_tables, execute
from tests.prefect_server import serving
from tests.stages import bare_stages
from tests.state import forget_aws, forget_everything, forget_rows
from tests.tree import ROOT
from warehouse import WarehouseConnection, connect
from warehouse.home import home

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from selenium.webdriver import Chrome

SCHEMAS = count(1)
botocore.loaders.create_loader = cache(
    botocore.loaders.create_loader
)  # reads what AWS offers once, not in each session
REAL_LAKE = ROOT.parent / "shared/lake"


@pytest.fixture(scope="session", autouse=True)
def sparkify_home() -> Iterator[Path]:
    """The SPARKIFY_HOME of the tests; its server ends with them.

    It waits for no disk, since no test takes its power away, and has little memory, all of which a drop goes through.
    """
    SETTINGS.update(fsync="off", shared_buffers="32MB")
    folder = home()
    yield folder
    postgres_server.stop(folder)


@pytest.fixture(scope="session")
def real_lake() -> Path:
    """The real Sparkify files: 30 daily logs, 71 songs."""
    if not REAL_LAKE.is_dir():
        pytest.skip(f"the real Sparkify files are not at {REAL_LAKE}")
    return REAL_LAKE


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """Where an emulated AWS listens; who uses it makes it forget what others left there."""
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # thousands of images, made anew whenever it forgets
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - takes seconds to import

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
    import boto3  # noqa: PLC0415 - takes a second to import

    forget_aws(moto_endpoint)
    client = boto3.client("s3")
    client.create_bucket(Bucket="lake")
    yield client
    client.close()


@pytest.fixture
def interruptible() -> None:
    """Statements that a signal can stop, as in every command."""


@pytest.fixture(autouse=True)
def statements_need_no_thread(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each statement as it is, where no signal is sent: the thread that waits for it takes longer than it does."""
    is_whole = {"interruptible", "prefect_server"}.intersection(request.fixturenames)
    if not is_whole and request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(interruption, "_interruptibly", lambda _, statement: statement())


@pytest.fixture
def schema() -> str:
    """The name of a schema that no other test uses."""
    return f"test_{next(SCHEMAS)}"


@pytest.fixture
def connection(schema: str) -> Iterator[WarehouseConnection]:
    """A connection to the local warehouse, in a schema of its own."""
    with fresh_schema(schema, lambda: connect("local", schema=schema, read_only=False)) as opened:
        yield opened


@pytest.fixture(scope="session")
def loaded(sparkify_home: Path) -> Iterator[WarehouseConnection]:
    """A connection to a schema that holds the good rows of all suites."""
    with closing(connect("local", schema="good_rows", read_only=False)) as connection:
        with connection:
            execute(connection, "CREATE SCHEMA good_rows")
            create_tables(connection)
            execute(connection, GOOD_ROWS)
        yield connection
    # Another: tests of crashes end the server in between.
    with closing(connect("local", read_only=False)) as connection, connection:
        execute(connection, "DROP SCHEMA good_rows CASCADE")


@pytest.fixture
def good_rows(loaded: WarehouseConnection) -> Iterator[WarehouseConnection]:
    """A connection in an open transaction on the good rows, which is rolled back."""
    yield loaded
    loaded.rollback()


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The API of a Prefect server that lives as long as the tests."""
    with serving() as api:
        yield api


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


@pytest.fixture(params=["stages", pytest.param("whole", marks=pytest.mark.long)])
def flows(request: pytest.FixtureRequest) -> Iterator[None]:
    """Flows that run by their stages alone, in no time, and in the long part as a whole, with a Prefect server."""
    if request.param == "whole":
        request.getfixturevalue("prefect_server")
    with bare_stages() if request.param == "stages" else nullcontext():
        yield


@pytest.fixture
def warehouse(flows: None) -> None:
    """An empty local warehouse with its tables, for flows that run by their stages, and in the long part as a whole."""
    forget_rows()


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
