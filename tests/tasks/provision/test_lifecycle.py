"""Parts of a warehouse on their way from one state to another, on a clock that only waiting moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from tasks.provision.infrastructure import make_part
from tasks.provision.lifecycle import turn
from tasks.provision.teardown import remove_part
from tasks.provision.waiting import Patience
from tests.tasks.provision.test_waiting import patience
from tests.warehouse.redshift.account import OLDER, ROLE_ARN, SETTINGS, TWIN
from warehouse import RoleNotReady, WarehouseError, WarehouseUnavailable
from warehouse.redshift.compute import IN_SYNC, Copiers, Endpoint, FoundPart, Login, Part
from warehouse.redshift.ownership import Resource, tags
from warehouse.redshift.settings import Settings
from warehouse.redshift.warehouse import RedshiftWarehouse

GROUP = "sg-0123456789abcdef0"


@dataclass
class Slow:
    """A part that is at one status after the other, each for one look."""

    statuses: list[str | None]
    asked: list[str] = field(default_factory=list)
    refusals: int = 0
    owner: Settings = SETTINGS
    kind: str = "cluster"
    name: str = "sparkify"
    holds_data: bool = True
    differs: list[str] = field(default_factory=list)
    """What differs from the block, one thing after the other, each for one look."""

    def find(self) -> FoundPart | None:
        status = self.statuses.pop(0)
        return None if status is None else FoundPart(status, tags(self.owner))

    def create(self, role_arn: str, security_group_ids: Sequence[str]) -> None:
        self.asked.append(f"create with {role_arn} in {', '.join(security_group_ids)}")
        if self.refusals:
            self.refusals -= 1
            raise RoleNotReady("the role is not valid")

    def adopt(self) -> None:
        self.asked.append("adopt")

    def align(self, role_arn: str, security_group_ids: Sequence[str]) -> str:
        differs = self.differs.pop(0) if self.differs else IN_SYNC
        if differs == "unknown role":
            raise RoleNotReady("the role is not valid")
        return differs

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
    copiers = Copiers((), "*/*")
    readers: Literal["USER"] = "USER"

    def endpoint(self) -> Endpoint:
        return Endpoint("here", 5439)

    def loader(self) -> str:
        return "user"

    def login(self, *, read_only: bool = False) -> Login:
        return Login("user", "password", datetime.now(UTC))

    def administrator(self) -> Login:
        return self.login()

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
        make_part(WAREHOUSE, Slow(["available"], owner=replace(SETTINGS, name="redshift-cluster/b")), calm())


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
    part = Slow(["available"], owner=replace(SETTINGS, name="redshift-cluster/b"))
    assert remove_part(WAREHOUSE, part, None, calm()).state == "kept"
    assert part.asked == []


def test_a_part_that_older_code_made_is_adopted_by_provision_and_by_nothing_else() -> None:
    part = Slow(["available"] * 2, owner=OLDER)
    assert make_part(WAREHOUSE, part, calm()).state == "changed"
    assert part.asked == ["adopt"]
    gone = remove_part(WAREHOUSE, Slow(["available"], owner=OLDER), None, calm())
    said = "made by an older version: run sparkify provision --warehouse redshift-cluster/prod, then teardown again"
    assert gone == Resource("cluster", "sparkify", "kept", said)
    with pytest.raises(WarehouseError, match="made by an older version of this project, without an id; run: "):
        pause(Slow(["available"], owner=OLDER))


def test_a_part_is_waited_for_until_it_has_the_role_and_the_groups_of_the_block() -> None:
    part = Slow(["available"] * 2, differs=["unknown role", "attaching its role", "adding its role"])
    assert make_part(WAREHOUSE, part, calm()).state == "changed"
    assert (part.differs, part.asked) == ([], [])
    assert make_part(WAREHOUSE, Slow(["available"] * 2), calm()).state == "found"


def test_an_older_block_goes_on_pausing_what_older_code_made_and_deletes_nothing() -> None:
    older = replace(WAREHOUSE, settings=replace(WAREHOUSE.settings, warehouse_id=None))
    cluster = Slow(["available", "paused"], owner=OLDER)
    turn(older, cluster, PAUSE, cluster.pause, calm())
    assert cluster.asked == ["pause"]
    assert remove_part(older, Slow(["available"], owner=OLDER), None, calm()).state == "kept"


@pytest.mark.parametrize("owner", [SETTINGS, OLDER])
def test_a_part_of_a_block_of_the_same_name_is_neither_taken_nor_paused_nor_deleted(owner: Settings) -> None:
    twin = replace(WAREHOUSE, settings=replace(owner, security_group_ids=(GROUP,)))
    part = Slow(["available"] * 3, owner=TWIN)
    for act in (lambda: make_part(twin, part, calm()), lambda: turn(twin, part, PAUSE, part.pause, calm())):
        with pytest.raises(WarehouseError, match=f"a block of this name whose warehouse_id is {TWIN.warehouse_id}"):
            act()
    assert remove_part(twin, part, None, calm()).detail == "was not made for this warehouse"
    assert part.asked == []
