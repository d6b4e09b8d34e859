"""Who may connect: the block's CIDR on the warehouse's port, and nobody else through us."""

from dataclasses import replace
from typing import Any

import pytest

from tests.warehouse.redshift.account import OLDER, OTHER, SETTINGS, TWIN, Account
from warehouse import WarehouseError, WarehouseUnavailable
from warehouse.redshift.network import close_ingress, closed, ensure_ingress, group_ids, require_zones
from warehouse.redshift.ownership import listed, tags
from warehouse.redshift.settings import Settings


def ensure(account: Account, settings: Settings = SETTINGS) -> str:
    return ensure_ingress(settings, account.clients, account.cluster(settings)).state


def groups(account: Account, settings: Settings = SETTINGS) -> list[str]:
    return group_ids(settings, account.clients, account.cluster(settings))


def close(account: Account, settings: Settings = SETTINGS) -> str:
    return close_ingress(settings, account.clients, account.cluster(settings))


def ingress(account: Account, group: str) -> list[tuple[str, str, int, int]]:
    (found,) = account.clients("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return [
        (span["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
        for rule in found["IpPermissions"]
        for span in rule["IpRanges"]
    ]


def given_group(account: Account) -> str:
    """Make a security group as somebody else would, with a rule of theirs."""
    ec2 = account.clients("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = str(ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"])
    rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return group


def test_a_workgroup_needs_subnets_in_three_zones(account: Account) -> None:
    ec2 = account.clients("ec2")
    require_zones(ec2, SETTINGS, ())
    by_zone = {subnet["AvailabilityZone"]: subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]}
    require_zones(ec2, SETTINGS, [*by_zone.values()])
    first, second, third = sorted(by_zone)
    said = (
        f"prod: a workgroup needs subnets in 3 Availability Zones, and the block's subnets are in {first}, {second}; "
    )
    with pytest.raises(WarehouseUnavailable, match=f"{said}name further ones in the block, in {third}$"):
        require_zones(ec2, SETTINGS, [by_zone[first], by_zone[second]])


def test_a_region_that_offers_two_zones_is_not_asked_for_three() -> None:
    class Small:
        def describe_subnets(self, **_: object) -> dict[str, Any]:
            return {"Subnets": [{"AvailabilityZone": zone} for zone in ("a", "c")]}

        def describe_availability_zones(self) -> dict[str, Any]:
            return {"AvailabilityZones": [{"ZoneName": zone} for zone in ("a", "c")]}

    require_zones(Small(), SETTINGS, ())


def test_one_network_may_connect_to_one_port(account: Account) -> None:
    made = ensure_ingress(SETTINGS, account.clients, account.cluster())
    assert (made.kind, made.state, made.detail) == ("security group", "created", "TCP 5439 open to 10.0.0.0/8")
    assert groups(account) == [made.name]
    assert ingress(account, made.name) == [("10.0.0.0/8", "tcp", 5439, 5439)]
    assert ensure(account) == "found"


def test_another_cidr_replaces_the_one_before(account: Account) -> None:
    ensure(account)
    assert ensure(account, replace(SETTINGS, allowed_cidr="203.0.113.7/32")) == "changed"
    (group,) = groups(account)
    assert ingress(account, group) == [("203.0.113.7/32", "tcp", 5439, 5439)]


def test_without_a_cidr_nothing_is_open(account: Account) -> None:
    closed = replace(SETTINGS, allowed_cidr=None)
    assert ensure(account, closed) == "created"
    (group,) = groups(account, closed)
    assert ingress(account, group) == []
    ensure(account)
    assert ensure(account, closed) == "changed"
    assert ingress(account, group) == []


def test_a_given_group_gets_one_rule_and_keeps_its_own(account: Account) -> None:
    group = given_group(account)
    settings = replace(SETTINGS, security_group_ids=(group,))
    assert [ensure(account, settings), ensure(account, settings)] == ["changed", "found"]
    assert groups(account, settings) == [group]
    theirs = ("192.0.2.0/24", "tcp", 22, 22)
    assert sorted(ingress(account, group)) == [("10.0.0.0/8", "tcp", 5439, 5439), theirs]
    assert [close(account, settings), close(account, settings)] == ["missing"] * 2
    assert ingress(account, group) == [theirs]


def test_a_group_of_ours_is_deleted(account: Account) -> None:
    ensure(account)
    assert [close(account), close(account)] == ["missing"] * 2
    assert groups(account) == []


def test_a_group_of_another_warehouse_is_left_alone(account: Account) -> None:
    ensure(account, OTHER)
    with pytest.raises(WarehouseError, match="security group 'sparkify-sparkify' exists and belongs to warehouse"):
        ensure(account)
    close(account)
    assert len(groups(account, OTHER)) == 1


def test_a_group_of_a_block_of_the_same_name_is_neither_used_nor_deleted(account: Account) -> None:
    ensure(account)
    assert groups(account, TWIN) == []
    with pytest.raises(WarehouseError, match="a block of this name whose warehouse_id is"):
        ensure(account, TWIN)
    close(account, TWIN)
    assert len(groups(account)) == 1


def test_a_group_with_our_tags_and_another_name_is_not_ours(account: Account) -> None:
    ensure(account)
    ec2 = account.clients("ec2")
    forged = given_group(account)
    ec2.create_tags(Resources=[forged], Tags=listed(tags(SETTINGS)))
    assert forged not in groups(account)
    close(account)
    assert ec2.describe_security_groups(GroupIds=[forged])["SecurityGroups"]


@pytest.mark.parametrize("given", [False, True])
def test_what_older_code_made_is_adopted_by_provision_and_by_nothing_else(account: Account, given: bool) -> None:
    own: dict[str, Any] = {"security_group_ids": (given_group(account),)} if given else {}
    older, settings = replace(OLDER, **own), replace(SETTINGS, **own)
    ensure(account, older)
    for each in (older, settings):
        close(account, each)
        left = closed(each, account.clients, account.cluster(each))
        assert (left.state, "run sparkify provision" in left.detail) == ("kept", True)
    assert [ensure(account, settings), ensure(account, settings)] == ["changed", "found"]
    close(account, settings)
    assert closed(settings, account.clients, account.cluster(settings)).state == "deleted"


def test_a_group_that_is_not_there_is_named(account: Account) -> None:
    settings = replace(SETTINGS, security_group_ids=("sg-0123456789abcdef0",))
    with pytest.raises(WarehouseUnavailable, match=r"network that is not there.*sg-0123456789abcdef0"):
        ensure(account, settings)


def test_a_region_without_default_vpc_is_named(account: Account) -> None:
    ec2 = account.clients("ec2")
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        ec2.delete_vpc(VpcId=vpc["VpcId"])
    with pytest.raises(WarehouseUnavailable, match="eu-west-1 has no default VPC; name subnets"):
        ensure(account)
