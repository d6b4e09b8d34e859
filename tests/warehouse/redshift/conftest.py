"""An AWS of moto's making for each test."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.warehouse.redshift.account import Account, forget


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """Where moto listens."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(moto_endpoint: str) -> Iterator[Account]:
    """An account that holds only the lake's bucket."""
    forget(moto_endpoint)
    made = Account(moto_endpoint)
    made.bucket("lake")
    yield made
    made.close()
