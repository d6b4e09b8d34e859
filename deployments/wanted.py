"""The deployments that can run: those of `prefect.yaml` and `ecs.yaml`, but for what this server has no block for."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient

from deployments.blocks import WAREHOUSE, find_block_id, redshift_block

PREFECT_YAML, ECS_YAML = (Path(__file__).with_name(name) for name in ("prefect.yaml", "ecs.yaml"))
IMAGE = "SPARKIFY_IMAGE"
Deployment = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """The content of a prefect.yaml, and the names of what was left out of it, by the reason."""

    content: dict[str, Any]
    left_out: Mapping[str, list[str]]


def find_wanted(client: SyncPrefectClient) -> Wanted:
    """Read the files, and leave out what could not run: on Redshift without a block, and on ECS without an image.

    Raises:
        ValueError: what SPARKIFY_WAREHOUSE has is not the name of a block.
    """
    content, left_out = _read(PREFECT_YAML), dict[str, list[str]]()
    on_ecs = _read(ECS_YAML)["deployments"]
    if os.environ.get(IMAGE):
        content["deployments"] += map(_without_unset, on_ecs)
    else:
        left_out[f"{IMAGE} names no image"] = _names(on_ecs)
    block = redshift_block()
    if find_block_id(client, block) is None:
        on_redshift = [each for each in content["deployments"] if each["parameters"]["warehouse"] != "local"]
        content["deployments"] = [each for each in content["deployments"] if each not in on_redshift]
        reason = (
            f"no block {block} is saved on this server (save it, or name another in {WAREHOUSE}; then deploy again)"
        )
        left_out[reason] = _names(on_redshift)
    return Wanted(content, left_out)


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def _names(deployments: list[Deployment]) -> list[str]:
    return [each["name"] for each in deployments]


def _without_unset(deployment: Deployment) -> Deployment:
    """Return a deployment without the job variables that the environment has no value for."""
    pool = deployment["work_pool"]
    given = {name: value for name, value in pool["job_variables"].items() if os.environ.get(value.strip("{ $}"))}
    return deployment | {"work_pool": pool | {"job_variables": given}}
