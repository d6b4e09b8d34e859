"""No secret of a block leaks, however the run ends and however closely one listens."""

import logging

import pytest
from prefect.client.orchestration import get_client

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from tests.redshift_mode.conftest import CANARIES, CloudLake
from tests.redshift_mode.emulated import PASSWORD, WIRE
from warehouse import open_warehouse

SECRETS = (CANARIES["aws_secret_access_key"], CANARIES["aws_session_token"], PASSWORD)
WAREHOUSE = "emulated-serverless/test"


def leaked(*told: str) -> list[str]:
    """Return the secrets that somewhere in these texts can be read."""
    return [secret for secret in SECRETS if any(secret in text for text in told)]


@pytest.mark.slow
def test_nothing_of_a_failed_run_holds_a_secret(whole_cloud: CloudLake, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    whole_cloud.log("2018-11-13", {"sessionId": 2, "level": "gold"})
    with pytest.raises(ExpectationsFailed) as failure:
        etl(warehouse=WAREHOUSE)
    store, url = open_warehouse(WAREHOUSE).store, open_warehouse(WAREHOUSE).data_docs_url
    pages = [store.read(page.url).decode() for page in store.list(url) if page.url.endswith(".html")]
    parameters = [str(run.parameters) for run in get_client(sync_client=True).read_flow_runs()]
    assert pages
    assert parameters
    assert leaked(str(failure.value), *pages, *parameters, *WIRE.sent, caplog.text) == []
