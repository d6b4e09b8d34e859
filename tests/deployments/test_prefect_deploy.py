"""`prefect deploy --all` in a checkout, by whoever knows Prefect and nothing of this project."""

import os
import subprocess
import sys

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate

from tests.tree import ROOT

pytestmark = pytest.mark.slow


def test_prefect_deploys_all_of_a_checkout_with_nothing_set_but_the_server(prefect_server: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPARKIFY_")}
    command = [sys.executable, "-m", "prefect", "deploy", "--all"]
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="sparkify-process", type="process"))
        done = subprocess.run(
            command, cwd=ROOT, env=environment | {"PREFECT_API_URL": prefect_server},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=280, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        daily = client.read_deployment_by_name("sparkify-etl/etl-daily")
        assert (daily.parameters, daily.work_pool_name) == ({"warehouse": "redshift-cluster/prod"}, "sparkify-process")
        assert [each.active for each in daily.schedules] == [False]  # no such block is saved
        assert client.read_deployment_by_name("sparkify-etl/etl-local").parameters == {"warehouse": "local"}
