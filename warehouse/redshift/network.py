"""Who may connect: one ingress rule for the block's CIDR, in a security group of ours or in the first one given."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from lake.errors import WarehouseUnavailable
from warehouse.redshift.aws_errors import code_of, explained
from warehouse.redshift.compute import Clients, Compute
from warehouse.redshift.ownership import (
    Resource,
    State,
    is_deletable,
    is_older,
    is_ours,
    listed,
    made,
    mapped,
    require_ours_or_older,
    tags,
    why_kept,
)
from warehouse.redshift.settings import Settings

ZONES = 3
"""In how many Availability Zones a workgroup must have subnets."""


def ensure_ingress(settings: Settings, clients: Clients, compute: Compute) -> Resource:
    """Let the block's CIDR connect, and nobody else through a rule of ours; make a security group where none is given.

    Raises:
        WarehouseError: the name of the group is taken by somebody else's.
        WarehouseUnavailable: there is no VPC, or AWS refuses.
    """
    ec2 = clients("ec2")
    with explained(settings.name):
        state: State = "found"
        if settings.security_group_ids:
            group = settings.security_group_ids[0]
        else:
            group, state = _ensure_group(ec2, settings, compute)
        changed = _admit(ec2, group, settings, compute.port)
    who = settings.allowed_cidr or "nobody (the block has no allowed CIDR)"
    state = made(created=state == "created", changed=changed or state == "changed")
    return Resource("security group", group, state, f"TCP {compute.port} open to {who}")


def group_ids(settings: Settings, clients: Clients, compute: Compute) -> list[str]:
    """Return the security groups that the warehouse is put into.

    Raises:
        WarehouseUnavailable: AWS refuses.
    """
    with explained(settings.name):
        if settings.security_group_ids:
            return list(settings.security_group_ids)
        return [each["GroupId"] for each in _named(clients("ec2"), compute) if is_ours(_tags(each), settings)]


def close_ingress(settings: Settings, clients: Clients, compute: Compute) -> str:
    """Delete our rules, then our security group; return `missing`, or `in use` while AWS still needs the group.

    Raises:
        WarehouseUnavailable: AWS refuses.
    """
    ec2 = clients("ec2")
    with explained(settings.name):
        for group in settings.security_group_ids[:1]:
            _revoke(ec2, group, [rule for rule in _rules(ec2, group) if is_deletable(_tags(rule), settings)])
        for found in _named(ec2, compute):
            if not is_deletable(_tags(found), settings):
                continue
            try:
                ec2.delete_security_group(GroupId=found["GroupId"])
            except ClientError as error:
                if code_of(error) != "DependencyViolation":
                    raise
                return "in use"
    return "missing"


def closed(settings: Settings, clients: Clients, compute: Compute) -> Resource:
    """Tell what is left of our rules and our security group once they are closed: what older code made.

    Raises:
        WarehouseUnavailable: AWS refuses.
    """
    ec2 = clients("ec2")
    with explained(settings.name):
        rules = [rule for group in settings.security_group_ids[:1] for rule in _rules(ec2, group)]
        older = [found for found in (*_named(ec2, compute), *rules) if is_older(_tags(found), settings)]
    if older:
        return Resource("ingress", settings.name, "kept", why_kept(_tags(older[0]), settings))
    return Resource("ingress", settings.name, "deleted", "rules and security group of ours")


def default_vpc(ec2: Any, settings: Settings) -> str:
    """Return the VPC that AWS takes where none is named.

    Raises:
        WarehouseUnavailable: the Region has none.
    """
    found = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if not found:
        raise WarehouseUnavailable(
            f"{settings.name}: {settings.region} has no default VPC; name subnets (or a subnet group) in the block"
        )
    return str(found[0]["VpcId"])


def require_zones(ec2: Any, settings: Settings, subnet_ids: Sequence[str]) -> None:
    """Check that a workgroup's subnets, or those of the default VPC, are in as many Availability Zones as it takes.

    These are three (Redshift management guide, serverless-usage-considerations); a Region that offers an account fewer
    cannot be asked for more.

    Raises:
        WarehouseUnavailable: they are in fewer, or there are none.
    """
    of_default = {"Filters": [{"Name": "default-for-az", "Values": ["true"]}]}
    found = ec2.describe_subnets(**({"SubnetIds": list(subnet_ids)} if subnet_ids else of_default))["Subnets"]
    zones = {subnet["AvailabilityZone"] for subnet in found}
    if len(zones) >= ZONES:
        return
    offered = {zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    if len(zones) < min(ZONES, len(offered)):
        whose = "the block's subnets" if subnet_ids else "those of the default VPC"
        there, further = (", ".join(sorted(names)) or "none" for names in (zones, offered - zones))
        raise WarehouseUnavailable(
            f"{settings.name}: a workgroup needs subnets in {ZONES} Availability Zones, and {whose} are in {there}; "
            f"name further ones in the block, in {further}"
        )


def _named(ec2: Any, compute: Compute) -> list[dict[str, Any]]:
    """List the security groups that have the name of the warehouse's own, whoever made them."""
    by_name = [{"Name": "group-name", "Values": [_name(compute)]}]
    return list(ec2.describe_security_groups(Filters=by_name)["SecurityGroups"])


def _name(compute: Compute) -> str:
    return f"sparkify-{compute.name}"


def _ensure_group(ec2: Any, settings: Settings, compute: Compute) -> tuple[str, State]:
    name, vpc = _name(compute), compute.vpc()
    for found in _named(ec2, compute):
        if found["VpcId"] != vpc:
            continue
        group, adopts = str(found["GroupId"]), require_ours_or_older("security group", name, _tags(found), settings)
        if adopts:
            ec2.create_tags(Resources=[group], Tags=listed(tags(settings)))
        return group, made(created=False, changed=adopts)
    created = ec2.create_security_group(
        GroupName=name,
        VpcId=vpc,
        Description="Who may connect to the Sparkify warehouse",
        TagSpecifications=[{"ResourceType": "security-group", "Tags": listed(tags(settings))}],
    )
    return str(created["GroupId"]), "created"


def _admit(ec2: Any, group: str, settings: Settings, port: int) -> bool:
    """Make the one rule that is wanted, and revoke our others; return whether anything had to be done."""
    wanted = (settings.allowed_cidr, port, port)
    rules = _rules(ec2, group)
    older = [rule["SecurityGroupRuleId"] for rule in rules if is_older(_tags(rule), settings)]
    if older:
        ec2.create_tags(Resources=older, Tags=listed(tags(settings)))
        rules = _rules(ec2, group)
    stale = [rule for rule in rules if is_ours(_tags(rule), settings) and _opens(rule) != wanted]
    _revoke(ec2, group, stale)
    missing = settings.allowed_cidr is not None and wanted not in map(_opens, rules)
    if missing:
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": settings.allowed_cidr}]}
            ],
            TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": listed(tags(settings))}],
        )
    return missing or bool(stale) or bool(older)


def _rules(ec2: Any, group: str) -> list[dict[str, Any]]:
    of_group = [{"Name": "group-id", "Values": [group]}]
    pages = ec2.get_paginator("describe_security_group_rules").paginate(Filters=of_group)
    return [rule for page in pages for rule in page["SecurityGroupRules"] if not rule["IsEgress"]]


def _revoke(ec2: Any, group: str, rules: list[dict[str, Any]]) -> None:
    if rules:
        ids = [rule["SecurityGroupRuleId"] for rule in rules]
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ids)


def _opens(rule: dict[str, Any]) -> tuple[str | None, int, int]:
    return rule.get("CidrIpv4"), rule["FromPort"], rule["ToPort"]


def _tags(found: dict[str, Any]) -> dict[str, str]:
    return mapped(found.get("Tags", []))
