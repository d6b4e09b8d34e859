"""The work pools: where runs start. A pool that exists keeps its own settings, which people change in the UI."""

from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists

ECS_JOB = Path(__file__).with_name("ecs-job.yaml")


def create_work_pools(client: SyncPrefectClient, *, with_ecs: bool) -> None:
    """Create the pools that are missing: one of processes on the worker's machine, and one of tasks on ECS."""
    pools = [WorkPoolCreate(name="sparkify-process", type="process", description="Runs on the worker's own machine.")]
    if with_ecs:
        template = ecs_job_template()
        about = "Runs on AWS Fargate."
        pools += [WorkPoolCreate(name="sparkify-ecs", type="ecs", description=about, base_job_template=template)]
    for pool in pools:
        try:
            client.create_work_pool(pool)
        except ObjectAlreadyExists:
            print(f"work pool {pool.name}: is there already, and stays as it is")
        else:
            print(f"work pool {pool.name}: created")


def ecs_job_template() -> dict[str, Any]:
    """Return prefect-aws's job template with the task definition and the defaults of `ecs-job.yaml`."""
    from prefect_aws.workers import ECSWorker  # noqa: PLC0415 - takes a second to import

    own = yaml.safe_load(ECS_JOB.read_text(encoding="utf-8"))
    template: dict[str, Any] = ECSWorker.get_default_base_job_template()
    template["job_configuration"]["task_definition"] = own["task_definition"]
    for name, default in own["variables"].items():
        template["variables"]["properties"][name]["default"] = default
    return template
