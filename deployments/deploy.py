"""Put work pools, blocks, deployments and alerts on the Prefect server: what `make deploy` does.

It may be repeated at any time. What people changed in the UI stays: schedules of deployments that exist, settings of
work pools, whether a deployment is paused or an alert is switched on. All else is set to what the files here have.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_API_URL
from prefect_aws import AwsCredentials

from cli.prefect_api import require_named_api
from cli.proxies import keep_loopback_off_proxies
from deployments.alerts import create_alerts
from deployments.work_pools import create_work_pools
from lake.printable import printable_lines
from warehouse import failure_message
from warehouse.redshift.blocks import RedshiftCluster, RedshiftServerless

PREFECT_YAML = Path(__file__).with_name("prefect.yaml")
DEFAULTS = {"SPARKIFY_WAREHOUSE": "redshift-cluster/prod"}
SETTINGS = """
environment (make deploy NAME=value ... sets it too):
  PREFECT_API_URL               the server (or a Prefect profile that names it)
  SPARKIFY_WAREHOUSE            the block of daily, ecs and weekly (default: redshift-cluster/prod)
  SPARKIFY_ALERTS               the notification block of all alerts, such as slack-webhook/on-call (default: no alerts)
for sparkify-etl/ecs only:
  SPARKIFY_IMAGE                the image, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/sparkify:1
  SPARKIFY_ECS_CLUSTER          the ECS cluster (default: the account's default cluster)
  SPARKIFY_VPC_ID               the VPC (default: the account's default VPC)
  SPARKIFY_TASK_ROLE_ARN        the role of the run, with deployments/iam/runner-cluster.json or -serverless.json
  SPARKIFY_EXECUTION_ROLE_ARN   the role that starts it, with deployments/iam/execution-role.json
  SPARKIFY_API_KEY_SECRET_ARN   the secret that holds the API key of Prefect Cloud, where you use that
  SPARKIFY_AUTH_STRING_SECRET_ARN   the secret that holds the auth string of your own server, where it wants one
"""


def main() -> int:
    """Deploy everything, and return the exit status."""
    argparse.ArgumentParser(
        prog="python -m deployments",
        description="Put work pools, blocks, deployments and alerts on the Prefect server; may be repeated.",
        epilog=SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    keep_loopback_off_proxies()
    try:
        deploy(os.environ.get("SPARKIFY_ALERTS"))
    except (OSError, ValueError, PrefectHTTPStatusError, subprocess.CalledProcessError) as error:
        print(f"deploy failed: {failure_message(error)}", file=sys.stderr)
        return 1
    return 0


def deploy(alerts: str | None) -> None:
    """Put everything on the server that Prefect's settings name; `alerts` is a notification block.

    Raises:
        ValueError: no server is named, or no such block is saved.
        ConnectionError: nobody answers at the address of the server.
        subprocess.CalledProcessError: Prefect refuses a deployment; its message is on stderr.
    """
    if not PREFECT_API_URL.value():
        raise ValueError(
            "no Prefect server is named: start one (sparkify ui, or prefect server start) and set PREFECT_API_URL to "
            "what it prints, such as http://127.0.0.1:4200/api"
        )
    require_named_api()
    for block in (AwsCredentials, RedshiftCluster, RedshiftServerless):
        block.register_type_and_schema()
    with get_client(sync_client=True) as client:
        create_work_pools(client)
        _deploy_flows(_deployments(client))
        if alerts:
            create_alerts(client, alerts)
        else:
            print("alerts: none created or changed; SPARKIFY_ALERTS=type/name names the notification block for them")


def _deployments(client: SyncPrefectClient) -> dict[str, Any]:
    """Read prefect.yaml, without the schedules of deployments that exist: Prefect would set these back."""
    text: dict[str, Any] = yaml.safe_load(PREFECT_YAML.read_text(encoding="utf-8"))
    for deployment in text["deployments"]:
        variables: dict[str, str] = deployment["work_pool"].get("job_variables", {})
        deployment["work_pool"]["job_variables"] = {  # an unset one would hide the default of the work pool
            name: value for name, value in variables.items() if os.environ.get(value.strip("{ $}"))
        }
        name = f"{load_flow_from_entrypoint(deployment['entrypoint']).name}/{deployment['name']}"
        try:
            existing = client.read_deployment_by_name(name)
        except ObjectNotFound:
            print(f"deployment {name}: is new")
        else:
            deployment.pop("schedules", None)
            deployment["paused"] = existing.paused
            print(f"deployment {name}: is there already; its schedules stay as they are")
    return text


def _deploy_flows(text: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prefect.yaml"
        file.write_text(yaml.safe_dump(text), encoding="utf-8")
        command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
        done = subprocess.run(  # noqa: S603
            command, env={**DEFAULTS, **os.environ}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False,
        )  # fmt: skip
    if done.returncode:
        print(printable_lines(done.stdout), file=sys.stderr)
        done.check_returncode()
