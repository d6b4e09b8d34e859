"""Teardown: delete what this project made on AWS for a warehouse, and nothing else. It may be repeated."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tasks.provision.infrastructure import keep_list, logged, patience, status
from tasks.provision.waiting import Patience
from tasks.steps import step
from warehouse import WarehouseError
from warehouse.redshift.compute import Part
from warehouse.redshift.network import close_ingress, closed
from warehouse.redshift.ownership import Resource, is_deletable, why_kept
from warehouse.redshift.role import remove_role
from warehouse.redshift.warehouse import RedshiftWarehouse
from warehouse.redshift.work_prefix import remove_work

ARTIFACT_KEY = "sparkify-teardown"
LEAVING = ("deleting", "final-snapshot")


def require_confirmed(name: str, confirm: str) -> None:
    """Check that a person, or a script, means this warehouse.

    Raises:
        WarehouseError: the name that was given is another one.
    """
    if confirm != name:
        raise WarehouseError(f"nothing was deleted: to tear {name} down, confirm with that name, not with {confirm!r}")


@step("remove infrastructure")
def remove_infrastructure(warehouse: RedshiftWarehouse, *, no_snapshot: bool) -> list[Resource]:
    """Delete what this project made for the warehouse, and nothing else; what is gone already is no error.

    Raises:
        WarehouseError: AWS refuses, or takes too long; run it again then.
    """
    removed: list[Resource] = []
    try:
        removed.extend(map(logged, steps(warehouse, no_snapshot=no_snapshot)))
    finally:
        keep_list(ARTIFACT_KEY, f"{warehouse.settings.name} taken off AWS", removed)
    return removed


def steps(warehouse: RedshiftWarehouse, *, no_snapshot: bool) -> Iterator[Resource]:
    """Remove one thing after the other, in the order in which they let go of each other."""
    settings, clients, compute, wait = warehouse.settings, warehouse.clients, warehouse.compute, patience(warehouse)
    moment = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    for part in reversed(compute.parts):
        keep = part.holds_data and not no_snapshot
        snapshot = f"sparkify-final-{part.name}-{moment}" if keep else None
        yield remove_part(warehouse, part, snapshot, wait)
    wait.until("missing", "the security group", lambda: close_ingress(settings, clients, compute))
    yield closed(settings, clients, compute)
    yield remove_role(settings, clients)
    yield remove_work(settings, clients)


def remove_part(warehouse: RedshiftWarehouse, part: Part, snapshot: str | None, patience: Patience) -> Resource:
    """Delete one part of the compute, if this project made it, and wait until it is gone.

    Raises:
        WarehouseUnavailable: AWS refuses, or takes too long.
    """
    what, found = f"{part.kind} {part.name}", part.find()
    if found is None:
        return Resource(part.kind, part.name, "deleted", "was not there")
    if not is_deletable(found.tags, warehouse.settings):
        return Resource(part.kind, part.name, "kept", why_kept(found.tags, warehouse.settings))
    if found.status in LEAVING:
        detail = "its deletion had begun before"
    else:
        part.delete(snapshot)
        detail = f"final snapshot {snapshot}" if snapshot else ""
    patience.until("missing", what, lambda: status(part))
    return Resource(part.kind, part.name, "deleted", detail)
