"""Put work pools, blocks, deployments and alerts on the Prefect server: what `make deploy` does.

It may be repeated at any time. What people changed in the UI stays: schedules of deployments that exist, settings of
work pools, whether a deployment is paused or an alert is switched on. All else is set to what the files here have.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import PrefectHTTPStatusError
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_API_URL
from prefect_aws import AwsCredentials

from cli.prefect_api import require_named_api
from cli.proxies import keep_loopback_off_proxies
from deployments.alerts import create_alerts
from deployments.wanted import IMAGE, Deployment, find_wanted
from deployments.work_pools import create_work_pools
from lake.printable import printable_lines
from warehouse import failure_message
from warehouse.redshift.blocks import RedshiftCluster, RedshiftServerless

OURS = "sparkify"
"""The tag of all deployments of these files."""
TOLD = (
    "entrypoint", "description", "parameters", "tags", "work_pool_name", "job_variables", "pull_steps",
    "global_concurrency_limit", "concurrency_options",
)  # fmt: skip
"""What deploying again may change of a deployment, and tells."""
SETTINGS = """
environment (make deploy NAME=value ... sets it too):
  PREFECT_API_URL               the server (or a Prefect profile that names it)
  SPARKIFY_WAREHOUSE            the block of what runs on Redshift (default: redshift-cluster/prod)
  SPARKIFY_ALERTS               the notification block of all alerts, such as slack-webhook/on-call (default: no alerts)
for etl-ecs only, which is left out without an image:
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
        create_work_pools(client, with_ecs=bool(os.environ.get(IMAGE)))
        wanted = find_wanted(client)
        before = _on_server(client)
        names = [_keep_what_people_changed(each, before) for each in wanted.content["deployments"]]
        _deploy_flows(wanted.content)
        _tell(names, before, _on_server(client))
        if wanted.left_out:
            print("left out:", "; ".join(f"{', '.join(names)}: {why}" for why, names in wanted.left_out.items()))
        if alerts:
            create_alerts(client, alerts)
        else:
            print("alerts: none created or changed; SPARKIFY_ALERTS=type/name names the notification block for them")


def _on_server(client: SyncPrefectClient) -> dict[str, DeploymentResponse]:
    """Return all deployments of our flows, whoever made them, as flow/deployment."""
    flow_filter = FlowFilter(name=FlowFilterName(like_="sparkify-"))
    flows = {flow.id: flow.name for flow in client.read_flows(flow_filter=flow_filter)}
    return {f"{flows[each.flow_id]}/{each.name}": each for each in client.read_deployments(flow_filter=flow_filter)}


def _keep_what_people_changed(deployment: Deployment, before: Mapping[str, DeploymentResponse]) -> str:
    """Take the schedules from a deployment that exists, which Prefect would set back; return its full name."""
    name = f"{load_flow_from_entrypoint(deployment['entrypoint']).name}/{deployment['name']}"
    if name in before:
        deployment.pop("schedules", None)
        deployment["paused"] = before[name].paused
    return name


def _tell(
    names: Sequence[str], before: Mapping[str, DeploymentResponse], after: Mapping[str, DeploymentResponse]
) -> None:
    """Print what became of each deployment, and which others of ours the server has."""
    for name in names:
        change = _change(before[name], after[name]) if name in before else "created"
        print(f"deployment {name}: {change}{_schedule(after[name])}")
    others = [name for name in sorted(after.keys() - names) if OURS in after[name].tags]
    if others:
        print(
            f"left as they are, though not in these files for this server: "
            f"{', '.join(f'{name}{_schedule(after[name])}' for name in others)}; "
            "to delete one: prefect deployment delete NAME"
        )


def _change(before: DeploymentResponse, after: DeploymentResponse) -> str:
    changed = [field for field in TOLD if getattr(before, field) != getattr(after, field)]
    return f"changed {', '.join(changed)}" if changed else "as before"


def _schedule(deployment: DeploymentResponse) -> str:
    """Tell whether runs of a deployment that has schedules are started by them."""
    if not deployment.schedules:
        return ""
    is_on = not deployment.paused and any(each.active for each in deployment.schedules)
    return f" (its schedule is {'on' if is_on else 'off'})"


def _deploy_flows(content: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prefect.yaml"
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603
    if done.returncode:
        print(printable_lines(done.stdout), file=sys.stderr)
        done.check_returncode()
