"""Parts of a warehouse on their way from one state to another, on a clock that only waiting moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.infrastructure import make_part
from tasks.lifecycle import turn
from tasks.teardown import remove_part
from tasks.waiting import Patience
from tests.tasks.test_waiting import patience
from tests.warehouse.redshift.account import ROLE_ARN, SETTINGS
from warehouse import RoleNotReady, WarehouseError, WarehouseUnavailable
from warehouse.redshift.compute import Endpoint, Found, Login, Part
from warehouse.redshift.ownership import Resource, tags
from warehouse.redshift.warehouse import RedshiftWarehouse

GROUP = "sg-0123456789abcdef0"


@dataclass
class Slow:
    """A part that is at one status after the other, each for one look."""

    statuses: list[str | None]
    asked: list[str] = field(default_factory=list)
    refusals: int = 0
    owner: str = SETTINGS.name
    kind: str = "cluster"
    name: str = "sparkify"
    holds_data: bool = True

    def find(self) -> Found | None:
        status = self.statuses.pop(0)
        return None if status is None else Found(status, tags(self.owner))

    def create(self, role_arn: str, security_group_ids: Sequence[str]) -> None:
        self.asked.append(f"create with {role_arn} in {', '.join(security_group_ids)}")
        if self.refusals:
            self.refusals -= 1
            raise RoleNotReady("the role is not valid")

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    def delete(self, final_snapshot: str | None) -> None:
        self.asked.append(f"delete, keep {final_snapshot}")


class Unused:
    """A compute that nothing is asked of."""

    name, port, pausable = "sparkify", 5439, None
    parts: tuple[Part, ...] = ()

    def endpoint(self) -> Endpoint:
        return Endpoint("here", 5439)

    def login(self) -> Login:
        return Login("user", "password", datetime.now(UTC))

    def administrator(self) -> None:
        return None

    def vpc(self) -> str:
        return "vpc-1"


class Sts:
    """Whose account it is."""

    def get_caller_identity(self) -> dict[str, Any]:
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/tester"}


WAREHOUSE = RedshiftWarehouse(replace(SETTINGS, security_group_ids=(GROUP,)), "stl", lambda _service: Sts(), Unused())
CREATE = f"create with {ROLE_ARN} in {GROUP}"
PAUSE = ("available", "pausing", "paused")


def calm() -> Patience:
    return patience([], limit_s=600)


def pause(cluster: Slow) -> list[str]:
    turn(WAREHOUSE, cluster, PAUSE, cluster.pause, calm())
    return cluster.asked


def test_a_part_is_made_and_waited_for() -> None:
    part = Slow([None, "creating", "modifying", "available"])
    assert make_part(WAREHOUSE, part, calm()) == Resource("cluster", "sparkify", "created", "available")
    assert part.asked == [CREATE]


def test_a_part_that_is_being_made_is_only_waited_for() -> None:
    part = Slow(["creating", "creating", "available"])
    assert make_part(WAREHOUSE, part, calm()).state == "found"
    assert part.asked == []


def test_a_role_that_is_not_known_yet_is_waited_for() -> None:
    part = Slow([None, "available"], refusals=2)
    assert make_part(WAREHOUSE, part, calm()).state == "created"
    assert part.asked == [CREATE] * 3


def test_a_role_that_never_becomes_known_ends_the_wait_after_two_minutes() -> None:
    part = Slow([None], refusals=99)
    with pytest.raises(WarehouseUnavailable, match=r"still refused \(the role is not valid\), .* 2 minutes"):
        make_part(WAREHOUSE, part, calm())
    assert len(part.asked) == 7


def test_a_network_that_does_not_fit_ends_the_wait_at_once() -> None:
    with pytest.raises(WarehouseUnavailable, match="cluster sparkify is incompatible-network"):
        make_part(WAREHOUSE, Slow([None, "creating", "incompatible-network"]), calm())


def test_a_part_of_another_warehouse_is_not_taken() -> None:
    with pytest.raises(WarehouseError, match="cluster 'sparkify' exists and belongs to warehouse redshift-cluster/b"):
        make_part(WAREHOUSE, Slow(["available"], owner="redshift-cluster/b"), calm())


@pytest.mark.parametrize(
    ("statuses", "asked"),
    [
        (["available", "pausing", "paused"], ["pause"]),
        (["pausing", "pausing", "paused"], []),
        (["paused", "paused"], []),
    ],
)
def test_a_pause_is_asked_for_once(statuses: list[str | None], asked: list[str]) -> None:
    assert pause(Slow(statuses)) == asked


@pytest.mark.parametrize("status", ["resizing", "resuming", "modifying", "deleting"])
def test_a_cluster_that_is_busy_cannot_be_paused(status: str) -> None:
    with pytest.raises(WarehouseUnavailable, match=f"cluster sparkify is {status}, not available; try again"):
        pause(Slow([status]))


def test_a_part_is_deleted_with_its_snapshot_and_waited_for() -> None:
    part = Slow(["available", "final-snapshot", "deleting", None])
    gone = remove_part(WAREHOUSE, part, "last", calm())
    assert gone == Resource("cluster", "sparkify", "deleted", "final snapshot last")
    assert part.asked == ["delete, keep last"]


@pytest.mark.parametrize("status", ["deleting", "final-snapshot"])
def test_a_part_that_is_going_is_only_waited_for(status: str) -> None:
    part = Slow([status, status, None])
    assert remove_part(WAREHOUSE, part, "last", calm()).detail == "its deletion had begun before"
    assert part.asked == []


def test_a_part_of_another_warehouse_is_kept() -> None:
    part = Slow(["available"], owner="redshift-cluster/b")
    assert remove_part(WAREHOUSE, part, None, calm()).state == "kept"
    assert part.asked == []
