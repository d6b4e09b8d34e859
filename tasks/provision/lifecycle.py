"""Lifecycle: stop paying for a cluster that is not used, and start it again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tasks.best_effort import best_effort
from tasks.provision.infrastructure import on_aws, patience, status
from tasks.provision.waiting import Patience
from tasks.run_log import run_logger
from tasks.steps import step
from warehouse import Warehouse, WarehouseUnavailable
from warehouse.redshift.compute import Pausable
from warehouse.redshift.ownership import require_ours
from warehouse.redshift.warehouse import RedshiftWarehouse


@step("pause")
def pause(warehouse: RedshiftWarehouse) -> None:
    """Pause the cluster, and wait until it is paused; Serverless needs no pause.

    Raises:
        WarehouseError: there is no cluster of ours, or it cannot be paused now.
    """
    if cluster := _pausable(warehouse, "it costs nothing while idle, except for storage"):
        turn(warehouse, cluster, ("available", "pausing", "paused"), cluster.pause, patience(warehouse))


@step("resume")
def resume(warehouse: RedshiftWarehouse) -> None:
    """Resume the cluster, and wait until it is available; Serverless never sleeps.

    Raises:
        WarehouseError: there is no cluster of ours, or it cannot be resumed now.
    """
    if cluster := _pausable(warehouse, "it wakes by itself at the next query"):
        turn(warehouse, cluster, ("paused", "resuming", "available"), cluster.resume, patience(warehouse))


def _pausable(warehouse: RedshiftWarehouse, why_not: str) -> Pausable | None:
    """Return the cluster; of Serverless, log why there is nothing to do."""
    cluster = warehouse.compute.pausable
    if cluster is None:
        run_logger().info("Serverless has no pause: %s", why_not)
    return cluster


def turn(
    warehouse: RedshiftWarehouse,
    cluster: Pausable,
    course: tuple[str, str, str],
    request: Callable[[], None],
    patience: Patience,
) -> None:
    """Request a change of state where the course begins, and wait until it ends; elsewhere on it only wait.

    Raises:
        WarehouseError: the cluster is missing, somebody else's, or not on the course.
    """
    first, _, last = course
    name, what, found = warehouse.settings.name, f"{cluster.kind} {cluster.name}", cluster.find()
    if found is None:
        raise WarehouseUnavailable(f"{name}: there is no {what}; run: sparkify provision --warehouse {name}")
    require_ours(cluster.kind, cluster.name, found.tags, warehouse.settings)
    if found.status not in course:
        raise WarehouseUnavailable(f"{name}: {what} is {found.status}, not {first}; try again when that is over")
    if found.status == first:
        request()
    patience.until(last, what, lambda: status(cluster))
    patience.log(f"{what} is {last}")


@contextmanager
def awake(warehouse: Warehouse, *, resume_first: bool, pause_after: bool) -> Iterator[None]:
    """Resume the cluster before the body, and pause it after the body, also when either fails.

    That it cannot be paused is a warning: what the body has done stands.

    Raises:
        WarehouseError: the warehouse is not on AWS, or cannot be resumed.
    """
    target = on_aws(warehouse) if resume_first or pause_after else None
    try:
        if target and resume_first:
            resume(target)
        yield
    finally:
        if target and pause_after:
            name = target.settings.name
            with best_effort("the cluster is still running and billed", f"run: sparkify pause --warehouse {name}"):
                pause(target)
