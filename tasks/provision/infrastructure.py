"""Infrastructure: make what a Redshift warehouse needs on AWS. Every step looks before it acts, and may be repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from prefect.artifacts import create_markdown_artifact

from sql.tables import TABLES
from tasks.best_effort import best_effort
from tasks.markdown import markdown
from tasks.provision.waiting import Patience
from tasks.run_log import run_logger
from tasks.steps import step
from warehouse import NOT_ON_AWS, RoleNotReady, Warehouse, WarehouseError, WarehouseUnavailable
from warehouse.redshift.admission import admit
from warehouse.redshift.bucket import ensure_bucket
from warehouse.redshift.compute import IN_SYNC, Part
from warehouse.redshift.network import ensure_ingress, group_ids
from warehouse.redshift.ownership import Resource, made, require_ours_or_older
from warehouse.redshift.role import ensure_role
from warehouse.redshift.warehouse import RedshiftWarehouse
from warehouse.redshift.work_prefix import mark_work

ROLE_LIMIT_S = 120.0
ARTIFACT_KEY = "sparkify-provision"
COSTS = (
    "A cluster costs its nodes' hours until `sparkify pause`, and its storage until `sparkify teardown`. Serverless "
    "costs RPU-hours while statements run, and its storage. Final snapshots cost storage until you delete them. "
    "The Amazon Redshift pricing page has the prices of your Region."
)


def on_aws(warehouse: Warehouse) -> RedshiftWarehouse:
    """Return a warehouse of Redshift as such.

    Raises:
        WarehouseError: it is not on AWS.
    """
    if isinstance(warehouse, RedshiftWarehouse):
        return warehouse
    raise WarehouseError(NOT_ON_AWS)


def patience(warehouse: RedshiftWarehouse) -> Patience:
    """Return how long the block lets a step take; progress goes to the run's log."""
    return Patience(warehouse.settings.wait_minutes * 60.0, run_logger().info)


@step("identify warehouse")
def identify_warehouse(name: str) -> None:
    """Give the block of a warehouse on AWS an id, unless it has one: it is in every tag and in the work prefix.

    Raises:
        WarehouseError: there is no such block.
    """
    if name != "local":
        from warehouse.redshift.blocks import give_id  # noqa: PLC0415 - needs boto3, which local runs do not

        give_id(name)


@step("make infrastructure")
def make_infrastructure(warehouse: Warehouse) -> list[Resource]:
    """Make the bucket, the role, the ingress, the compute and its users, or find them; `local` needs none.

    Raises:
        WarehouseError: a name is taken by something that this project did not make, or AWS refuses.
    """
    if not isinstance(warehouse, RedshiftWarehouse):
        return []
    ready: list[Resource] = []
    try:
        ready.extend(map(logged, steps(warehouse)))
    finally:
        keep_list(ARTIFACT_KEY, f"{warehouse.settings.name} on AWS", ready, COSTS)
    return ready


def steps(warehouse: RedshiftWarehouse) -> Iterator[Resource]:
    """Make or find one thing after the other, in the order in which they need each other."""
    settings, clients, compute = warehouse.settings, warehouse.clients, warehouse.compute
    yield ensure_bucket(settings, clients)
    yield mark_work(settings, clients)
    yield ensure_role(settings, clients, warehouse.iam_role, compute.copiers)
    yield ensure_ingress(settings, clients, compute)
    for part in compute.parts:
        yield make_part(warehouse, part, patience(warehouse))
    yield from admit(warehouse, TABLES)


def make_part(warehouse: RedshiftWarehouse, part: Part, patience: Patience) -> Resource:
    """Make one part of the compute, or find it; wait until it is available, with the role and the groups of the block.

    Raises:
        WarehouseError: the name is taken, or it does not become available.
    """
    what, found, adopts = f"{part.kind} {part.name}", part.find(), False
    if found is None:
        _create(warehouse, part, patience)
    else:
        adopts = require_ours_or_older(part.kind, part.name, found.tags, warehouse.settings)
        if adopts:
            part.adopt()
        if found.status == "paused":
            raise WarehouseUnavailable(f"{what} is paused; run: sparkify resume --warehouse {warehouse.settings.name}")
    patience.until("available", what, lambda: status(part))
    is_repaired = _align(warehouse, part, what, patience)
    return Resource(part.kind, part.name, made(created=found is None, changed=adopts or is_repaired), "available")


def _align(warehouse: RedshiftWarehouse, part: Part, what: str, patience: Patience) -> bool:
    """Give a part the role and the security groups of the block, and wait until it has them; return whether it had not.

    A role that was made a moment ago may not be known to all of AWS yet.
    """
    role_arn, groups = warehouse.iam_role, group_ids(warehouse.settings, warehouse.clients, warehouse.compute)
    seen: list[str] = []

    def look() -> str:
        try:
            seen.append(part.align(role_arn, groups))
        except RoleNotReady as error:
            seen.append(f"refused ({error})")
        return seen[-1]

    patience.until(IN_SYNC, what, look)
    return seen != [IN_SYNC]


def status(part: Part) -> str:
    """Return the status of a part; `missing` where there is none."""
    found = part.find()
    return "missing" if found is None else found.status


def logged(resource: Resource) -> Resource:
    """Log the state of a resource, and return it."""
    detail = f": {resource.detail}" if resource.detail else ""
    run_logger().info("%s %s %s%s", resource.kind, resource.name, resource.state, detail)
    return resource


def keep_list(key: str, title: str, resources: Sequence[Resource], note: str = "") -> None:
    """Save the states of the resources as an artifact of the run, also where the run broke off after them."""
    with best_effort(f"Prefect's server has no list: {title}", "the log has it"):
        create_markdown_artifact(list_resources(title, resources, note), key=key, description=title)


def list_resources(title: str, resources: Sequence[Resource], note: str = "") -> str:
    """Return the states of the resources as an artifact shows them."""
    cells = [map(markdown, (each.kind, each.name, each.state, each.detail)) for each in resources]
    rows = [f"| {' | '.join(each)} |" for each in cells]
    lines = [f"# {title}", "", "| what | name | state | detail |", "|---|---|---|---|", *rows, "", note]
    return "\n".join(lines).rstrip()


def _create(warehouse: RedshiftWarehouse, part: Part, patience: Patience) -> None:
    """Request a part; a role that was made a moment ago may not be known to all of AWS yet."""
    role_arn, groups = warehouse.iam_role, group_ids(warehouse.settings, warehouse.clients, warehouse.compute)

    def request() -> str:
        try:
            part.create(role_arn, groups)
        except RoleNotReady as error:
            return f"refused ({error})"
        return "requested"

    replace(patience, limit_s=min(patience.limit_s, ROLE_LIMIT_S)).until(
        "requested", f"{part.kind} {part.name}", request
    )
