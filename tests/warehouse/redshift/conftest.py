"""An AWS of moto's making for each test."""

from collections.abc import Iterator

import pytest

from tests.state import forget_aws
from tests.warehouse.redshift.account import Account


@pytest.fixture
def account(moto_endpoint: str) -> Iterator[Account]:
    """An account that holds only the lake's bucket."""
    forget_aws(moto_endpoint)
    made = Account(moto_endpoint)
    made.bucket("lake")
    yield made
    made.close()
