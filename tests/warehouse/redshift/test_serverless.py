"""Serverless as botocore's own model of it describes: what is asked for, and what the answers mean."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.warehouse.redshift.account import ROLE_ARN, SERVERLESS, SETTINGS, Account
from warehouse import RoleNotReady, WarehouseUnavailable
from warehouse.redshift.compute import Endpoint, FoundPart
from warehouse.redshift.ownership import tags
from warehouse.redshift.serverless import Serverless

WAREHOUSE = "redshift-serverless/prod"
TAGS = [
    {"key": "sparkify:made-by", "value": "sparkify-warehouse"},
    {"key": "sparkify:warehouse", "value": WAREHOUSE},
    {"key": "sparkify:warehouse-id", "value": SETTINGS.warehouse_id},
]
NAMESPACE = {"namespaceName": "sparkify-data", "namespaceArn": "arn:namespace", "status": "AVAILABLE"}
WORKGROUP: dict[str, Any] = {"workgroupName": "sparkify", "workgroupArn": "arn:workgroup", "status": "AVAILABLE"}
CREATE_NAMESPACE = {
    "namespaceName": "sparkify-data",
    "dbName": "sparkify",
    "manageAdminPassword": True,
    "iamRoles": [ROLE_ARN],
    "tags": TAGS,
}


@dataclass
class Cloud:
    """The services that Serverless takes."""

    redshift: Stubber
    secrets: Stubber
    ec2: Stubber

    @property
    def serverless(self) -> Serverless:
        clients = {
            "redshift-serverless": self.redshift.client,
            "secretsmanager": self.secrets.client,
            "ec2": self.ec2.client,
        }
        return Serverless(replace(SETTINGS, name=WAREHOUSE), SERVERLESS, clients.__getitem__)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Stubs whose every call and answer botocore checks, and which must all be used."""
    keys = {"region_name": "eu-west-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    clients = [boto3.client(name, **keys) for name in ("redshift-serverless", "secretsmanager", "ec2")]  # type: ignore[call-overload]
    made = Cloud(*map(Stubber, clients))
    with made.redshift, made.secrets, made.ec2:
        yield made
        made.redshift.assert_no_pending_responses()
        made.secrets.assert_no_pending_responses()
        made.ec2.assert_no_pending_responses()
    for client in clients:
        client.close()


def test_the_namespace_comes_before_its_workgroup(cloud: Cloud) -> None:
    assert [(part.kind, part.name) for part in cloud.serverless.parts] == [
        ("namespace", "sparkify-data"),
        ("workgroup", "sparkify"),
    ]


def test_a_namespace_is_asked_for_without_any_password(cloud: Cloud) -> None:
    cloud.redshift.add_response("create_namespace", {"namespace": NAMESPACE}, CREATE_NAMESPACE)
    cloud.serverless.namespace.create(ROLE_ARN, ["sg-1"])


def test_a_workgroup_is_asked_for_within_its_limits(cloud: Cloud) -> None:
    wanted = {
        "workgroupName": "sparkify",
        "namespaceName": "sparkify-data",
        "baseCapacity": 8,
        "maxCapacity": 64,
        "subnetIds": ["subnet-12345678"],
        "securityGroupIds": ["sg-1"],
        "publiclyAccessible": False,
        "port": 5439,
        "tags": TAGS,
    }
    in_zones = [{"SubnetId": f"subnet-{zone}", "AvailabilityZone": zone} for zone in ("a", "b", "c")]
    cloud.ec2.add_response("describe_subnets", {"Subnets": in_zones}, {"SubnetIds": ["subnet-12345678"]})
    cloud.redshift.add_response("create_workgroup", {"workgroup": WORKGROUP}, wanted)
    cloud.serverless.workgroup.create(ROLE_ARN, ["sg-1"])


def test_a_workgroup_whose_subnets_are_in_too_few_zones_is_not_asked_for(cloud: Cloud) -> None:
    cloud.ec2.add_response("describe_subnets", {"Subnets": [{"SubnetId": "subnet-a", "AvailabilityZone": "a"}]})
    zones = [{"ZoneName": zone} for zone in ("a", "b", "c")]
    cloud.ec2.add_response("describe_availability_zones", {"AvailabilityZones": zones})
    with pytest.raises(
        WarehouseUnavailable, match="the block's subnets are in a; name further ones in the block, in b, c"
    ):
        cloud.serverless.workgroup.create(ROLE_ARN, ["sg-1"])


OTHER_ROLE = ROLE_ARN.replace("sparkify", "other")


@pytest.mark.parametrize(
    ("roles", "asked", "said"),
    [
        ([], [ROLE_ARN], "attaching its role"),
        ([f"IamRole(applyStatus=in-sync, iamRoleArn={OTHER_ROLE})"], [OTHER_ROLE, ROLE_ARN], "attaching its role"),
        ([f"IamRole(applyStatus=adding, iamRoleArn={ROLE_ARN})"], None, "attaching its role"),
        ([f"IamRole(iamRoleArn={OTHER_ROLE}, applyStatus=in-sync)", ROLE_ARN], None, "in sync"),
        ([f"IamRole(iamRoleArn={ROLE_ARN}, applyStatus=in-sync)"], None, "in sync"),
    ],
)
def test_a_role_that_changed_in_the_block_is_attached_beside_others(
    cloud: Cloud, roles: list[str], asked: list[str] | None, said: str
) -> None:
    found = {"namespace": {**NAMESPACE, "iamRoles": roles}}
    cloud.redshift.add_response("get_namespace", found, {"namespaceName": "sparkify-data"})
    if asked:
        wanted = {"namespaceName": "sparkify-data", "iamRoles": asked}
        cloud.redshift.add_response("update_namespace", {"namespace": NAMESPACE}, wanted)
    assert cloud.serverless.namespace.align(ROLE_ARN, ["sg-2"]) == said


@pytest.mark.parametrize(
    ("status", "groups", "said"),
    [
        ("AVAILABLE", ["sg-1", "sg-2"], "changing its security groups"),
        ("MODIFYING", ["sg-2"], "changing"),
        ("AVAILABLE", ["sg-2"], "in sync"),
    ],
)
def test_a_workgroup_is_put_into_the_groups_of_the_block(
    cloud: Cloud, status: str, groups: list[str], said: str
) -> None:
    found = {"workgroup": {**WORKGROUP, "status": status, "securityGroupIds": groups}}
    cloud.redshift.add_response("get_workgroup", found, {"workgroupName": "sparkify"})
    if said == "changing its security groups":
        wanted = {"workgroupName": "sparkify", "securityGroupIds": ["sg-2"]}
        cloud.redshift.add_response("update_workgroup", {"workgroup": WORKGROUP}, wanted)
    assert cloud.serverless.workgroup.align(ROLE_ARN, ["sg-2"]) == said


def test_a_role_that_redshift_does_not_know_yet_may_be_tried_again(cloud: Cloud) -> None:
    said = "The IAM Role is not valid"
    cloud.redshift.add_client_error("create_namespace", "ValidationException", said, expected_params=CREATE_NAMESPACE)
    with pytest.raises(RoleNotReady, match="The IAM Role is not valid"):
        cloud.serverless.namespace.create(ROLE_ARN, [])


def test_parts_are_found_with_their_tags(cloud: Cloud) -> None:
    redshift = cloud.redshift
    redshift.add_response("get_namespace", {"namespace": NAMESPACE}, {"namespaceName": "sparkify-data"})
    redshift.add_response("list_tags_for_resource", {"tags": TAGS}, {"resourceArn": "arn:namespace"})
    creating = {**WORKGROUP, "status": "CREATING"}
    redshift.add_response("get_workgroup", {"workgroup": creating}, {"workgroupName": "sparkify"})
    redshift.add_response("list_tags_for_resource", {"tags": []}, {"resourceArn": "arn:workgroup"})
    found = [part.find() for part in cloud.serverless.parts]
    assert found == [FoundPart("available", tags(cloud.serverless.settings)), FoundPart("creating", {})]


def test_parts_that_older_code_made_are_tagged(cloud: Cloud) -> None:
    for kind, answer in (("namespace", NAMESPACE), ("workgroup", WORKGROUP)):
        cloud.redshift.add_response(f"get_{kind}", {kind: answer}, {f"{kind}Name": answer[f"{kind}Name"]})
        cloud.redshift.add_response("tag_resource", {}, {"resourceArn": f"arn:{kind}", "tags": TAGS})
    for part in cloud.serverless.parts:
        part.adopt()


def test_parts_that_are_missing_are_not_found(cloud: Cloud) -> None:
    for operation in ("get_namespace", "get_workgroup"):
        cloud.redshift.add_client_error(operation, "ResourceNotFoundException")
    assert [part.find() for part in cloud.serverless.parts] == [None, None]


def test_only_the_namespace_leaves_a_snapshot(cloud: Cloud) -> None:
    serverless, redshift = cloud.serverless, cloud.redshift
    assert [part.holds_data for part in serverless.parts] == [True, False]
    redshift.add_response("delete_workgroup", {"workgroup": WORKGROUP}, {"workgroupName": "sparkify"})
    wanted = {"namespaceName": "sparkify-data"}
    redshift.add_response("delete_namespace", {"namespace": NAMESPACE}, {**wanted, "finalSnapshotName": "last"})
    redshift.add_response("delete_namespace", {"namespace": NAMESPACE}, wanted)
    serverless.workgroup.delete(None)
    serverless.namespace.delete("last")
    serverless.namespace.delete(None)


def test_where_it_listens(cloud: Cloud) -> None:
    listening = {**WORKGROUP, "endpoint": {"address": "here", "port": 5439}}
    cloud.redshift.add_response("get_workgroup", {"workgroup": listening}, {"workgroupName": "sparkify"})
    assert cloud.serverless.endpoint() == Endpoint("here", 5439)


def test_a_workgroup_that_is_missing_or_not_ready_says_so(cloud: Cloud) -> None:
    cloud.redshift.add_client_error("get_workgroup", "ResourceNotFoundException")
    with pytest.raises(WarehouseUnavailable, match=r"no workgroup 'sparkify' .* run: sparkify provision"):
        cloud.serverless.endpoint()
    deleting = {**WORKGROUP, "status": "DELETING"}
    cloud.redshift.add_response("get_workgroup", {"workgroup": deleting}, {"workgroupName": "sparkify"})
    with pytest.raises(WarehouseUnavailable, match="workgroup 'sparkify' is deleting; try again"):
        cloud.serverless.endpoint()


def test_a_login_is_temporary_and_its_password_never_shown(cloud: Cloud) -> None:
    answer = {"dbUser": "IAMR:loader", "dbPassword": "secret", "expiration": datetime(2026, 1, 1, tzinfo=UTC)}
    wanted = {"workgroupName": "sparkify", "dbName": "sparkify", "durationSeconds": 3600}
    cloud.redshift.add_response("get_credentials", answer, wanted)
    login = cloud.serverless.login()
    assert (login.user, login.password) == ("IAMR:loader", "secret")
    assert "secret" not in repr(login)


def test_the_administrators_password_comes_from_secrets_manager(cloud: Cloud) -> None:
    namespace = {**NAMESPACE, "adminPasswordSecretArn": "arn:aws:secretsmanager:eu-west-1:1:secret:admin"}
    cloud.redshift.add_response("get_namespace", {"namespace": namespace}, {"namespaceName": "sparkify-data"})
    cloud.secrets.add_response(
        "get_secret_value",
        {"SecretString": json.dumps({"username": "admin", "password": "secret"})},
        {"SecretId": namespace["adminPasswordSecretArn"]},
    )
    login = cloud.serverless.administrator()
    assert (login.user, login.password) == ("admin", "secret")
    assert "secret" not in repr(login)


def test_a_namespace_that_keeps_no_secret_is_named(cloud: Cloud) -> None:
    cloud.redshift.add_response("get_namespace", {"namespace": NAMESPACE}, {"namespaceName": "sparkify-data"})
    with pytest.raises(WarehouseUnavailable, match=r"'sparkify-data' keeps no administrator's password"):
        cloud.serverless.administrator()


def test_it_costs_nothing_while_idle(cloud: Cloud) -> None:
    assert cloud.serverless.pausable is None


def test_the_vpc_is_that_of_the_subnets(account: Account) -> None:
    ec2 = account.clients("ec2")
    (default,) = ec2.describe_vpcs()["Vpcs"]
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    inside = Serverless(SETTINGS, replace(SERVERLESS, subnet_ids=(subnet,)), account.clients)
    anywhere = Serverless(SETTINGS, replace(SERVERLESS, subnet_ids=()), account.clients)
    assert [inside.vpc(), anywhere.vpc()] == [vpc, default["VpcId"]]


def test_a_subnet_that_is_not_there_is_named(account: Account) -> None:
    with pytest.raises(WarehouseUnavailable, match=r"network that is not there.*subnet-12345678"):
        account.serverless().vpc()
