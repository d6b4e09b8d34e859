"""A provisioned cluster: what AWS is asked for, and what its answers mean."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tests.warehouse.redshift.account import CLUSTER, OLDER, ROLE_ARN, SETTINGS, Account
from warehouse import RoleNotReady, WarehouseUnavailable
from warehouse.redshift.cluster import Cluster
from warehouse.redshift.compute import Endpoint, FoundPart, Login
from warehouse.redshift.ownership import tags
from warehouse.redshift.settings import ClusterSettings

WANTED = {
    "ClusterIdentifier": "sparkify",
    "NodeType": "ra3.large",
    "ClusterType": "single-node",
    "DBName": "sparkify",
    "Port": 5439,
    "MasterUsername": "sparkify_admin",
    "ManageMasterPassword": True,
    "Encrypted": True,
    "PubliclyAccessible": False,
    "IamRoles": [ROLE_ARN],
    "VpcSecurityGroupIds": ["sg-1"],
    "Tags": [
        {"Key": "sparkify:made-by", "Value": "sparkify-warehouse"},
        {"Key": "sparkify:warehouse", "Value": "redshift-cluster/prod"},
        {"Key": "sparkify:warehouse-id", "Value": SETTINGS.warehouse_id},
    ],
}


@pytest.fixture
def redshift() -> Iterator[Stubber]:
    """Redshift as botocore's own model of it describes, each call and its answer given beforehand."""
    client = boto3.client("redshift", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    client.close()


def cluster(redshift: Stubber, own: ClusterSettings = CLUSTER) -> Cluster:
    return Cluster(SETTINGS, own, lambda _service: redshift.client)


def described(redshift: Stubber, status: str, **more: Any) -> None:
    found = {"ClusterIdentifier": "sparkify", "ClusterStatus": status, **more}
    redshift.add_response("describe_clusters", {"Clusters": [found]}, {"ClusterIdentifier": "sparkify"})


def test_one_node_is_a_single_node_cluster(redshift: Stubber) -> None:
    redshift.add_response("create_cluster", {"Cluster": {}}, WANTED)
    cluster(redshift).create(ROLE_ARN, ["sg-1"])


def test_more_nodes_are_a_multi_node_cluster_in_the_given_subnets(redshift: Stubber) -> None:
    wanted: dict[str, Any] = {**WANTED, "NumberOfNodes": 3, "ClusterSubnetGroupName": "inside"}
    del wanted["ClusterType"]
    redshift.add_response("create_cluster", {"Cluster": {}}, wanted)
    cluster(redshift, replace(CLUSTER, number_of_nodes=3, subnet_group_name="inside")).create(ROLE_ARN, ["sg-1"])


REFUSALS = {
    "ClusterQuotaExceeded": "the account's quota is used up; ask AWS for a higher one",
    "NumberOfNodesQuotaExceeded": "the account's quota is used up; ask AWS for a higher one",
    "InsufficientClusterCapacity": "AWS has no such capacity now; try later",
    "ClusterSubnetGroupNotFoundFault": "the block names a network that is not there",
    "UnauthorizedOperation": "the AWS credentials lack a right",
    "AccessDenied": "the AWS credentials lack a right",
    "ExpiredToken": "the AWS credentials have expired; renew them",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_one_sentence_with_the_remedy(redshift: Stubber, code: str) -> None:
    redshift.add_client_error("create_cluster", code, "as AWS says it", expected_params=WANTED)
    with pytest.raises(WarehouseUnavailable) as refused:
        cluster(redshift).create(ROLE_ARN, ["sg-1"])
    assert str(refused.value).startswith(f"redshift-cluster/prod: {REFUSALS[code]}")
    assert "CreateCluster" in str(refused.value)
    assert "as AWS says it" in str(refused.value)


def test_a_role_that_redshift_does_not_know_yet_may_be_tried_again(redshift: Stubber) -> None:
    said = "The IAM role is not valid"
    redshift.add_client_error("create_cluster", "InvalidParameterValue", said, expected_params=WANTED)
    with pytest.raises(RoleNotReady, match="The IAM role is not valid"):
        cluster(redshift).create(ROLE_ARN, ["sg-1"])


def test_another_wrong_parameter_is_not_tried_again(redshift: Stubber) -> None:
    redshift.add_client_error("create_cluster", "InvalidParameterValue", "no such node", expected_params=WANTED)
    with pytest.raises(WarehouseUnavailable, match="no such node") as refused:
        cluster(redshift).create(ROLE_ARN, ["sg-1"])
    assert type(refused.value) is WarehouseUnavailable


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("paused", "cluster 'sparkify' is paused; run: sparkify resume --warehouse redshift-cluster/prod"),
        ("resizing", "cluster 'sparkify' is resizing; try again when it is available"),
        ("creating", "cluster 'sparkify' is creating; try again when it is available"),
    ],
)
def test_a_cluster_that_takes_no_connections_says_why(redshift: Stubber, status: str, said: str) -> None:
    described(redshift, status)
    with pytest.raises(WarehouseUnavailable, match=said):
        cluster(redshift).endpoint()


def test_a_cluster_that_cleans_up_after_a_resize_is_available(redshift: Stubber) -> None:
    described(redshift, "available, resize-cleanup", Endpoint={"Address": "here", "Port": 5439})
    assert cluster(redshift).endpoint() == Endpoint("here", 5439)
    described(redshift, "available, resize-cleanup")
    assert cluster(redshift).find() == FoundPart("available", {})


def test_a_final_snapshot_is_asked_for_by_name(redshift: Stubber) -> None:
    wanted: dict[str, Any] = {"ClusterIdentifier": "sparkify", "SkipFinalClusterSnapshot": False}
    redshift.add_response("delete_cluster", {}, {**wanted, "FinalClusterSnapshotIdentifier": "last"})
    redshift.add_response("delete_cluster", {}, {**wanted, "SkipFinalClusterSnapshot": True})
    cluster(redshift).delete("last")
    cluster(redshift).delete(None)


LOGINS: dict[str, Callable[[Cluster], Login]] = {
    "sparkify_loader": lambda cluster: cluster.login(),
    "sparkify_reader": lambda cluster: cluster.login(read_only=True),
    "sparkify_admin": lambda cluster: cluster.administrator(),
}


@pytest.mark.parametrize("user", LOGINS)
def test_a_password_is_asked_for_by_name_and_never_shown(redshift: Stubber, user: str) -> None:
    answer = {"DbUser": f"IAM:{user}", "DbPassword": "secret", "Expiration": "2026-01-01T00:00:00Z"}
    wanted = {"DbUser": user, "DbName": "sparkify", "ClusterIdentifier": "sparkify"}
    redshift.add_response("get_cluster_credentials", answer, {**wanted, "DurationSeconds": ANY, "AutoCreate": False})
    login = LOGINS[user](cluster(redshift))
    assert (login.user, login.password) == (f"IAM:{user}", "secret")
    assert "secret" not in repr(login)


OTHER_ROLE = ROLE_ARN.replace("sparkify", "other")
COURSE: list[tuple[dict[str, str], dict[str, str], str]] = [
    ({OTHER_ROLE: "in-sync"}, {"sg-1": "active"}, "attaching its role"),
    ({OTHER_ROLE: "in-sync", ROLE_ARN: "adding"}, {"sg-1": "active"}, "adding its role"),
    ({OTHER_ROLE: "in-sync", ROLE_ARN: "in-sync"}, {"sg-1": "active"}, "changing its security groups"),
    ({ROLE_ARN: "in-sync"}, {"sg-1": "removing", "sg-2": "adding"}, "changing its security groups"),
    ({ROLE_ARN: "in-sync"}, {"sg-2": "active"}, "in sync"),
]
"""What a cluster has, one look after the other: roles and security groups, and what is said of it then."""


def test_a_role_and_groups_that_changed_in_the_block_are_attached_one_after_the_other(redshift: Stubber) -> None:
    said = []
    for number, (roles, groups, _) in enumerate(COURSE):
        described(
            redshift,
            "available",
            IamRoles=[{"IamRoleArn": arn, "ApplyStatus": status} for arn, status in roles.items()],
            VpcSecurityGroups=[{"VpcSecurityGroupId": name, "Status": status} for name, status in groups.items()],
        )
        name = {"ClusterIdentifier": "sparkify"}
        if number == 0:
            redshift.add_response("modify_cluster_iam_roles", {}, {**name, "AddIamRoles": [ROLE_ARN]})
        if number == 2:
            redshift.add_response("modify_cluster", {}, {**name, "VpcSecurityGroupIds": ["sg-2"]})
        said.append(cluster(redshift).align(ROLE_ARN, ["sg-2"]))
    assert said == [words for *_, words in COURSE]


def test_a_role_that_the_cluster_does_not_know_yet_may_be_tried_again(redshift: Stubber) -> None:
    described(redshift, "available", IamRoles=[], VpcSecurityGroups=[])
    redshift.add_client_error("modify_cluster_iam_roles", "InvalidParameterValue", "The IAM role is not valid")
    with pytest.raises(RoleNotReady):
        cluster(redshift).align(ROLE_ARN, [])


def test_its_whole_life(account: Account) -> None:
    made = account.cluster()
    assert made.find() is None
    made.create(ROLE_ARN, [])
    assert made.find() == FoundPart("available", tags(SETTINGS))
    assert made.align(ROLE_ARN, []) == "in sync"
    made.pause()
    assert made.find() == FoundPart("paused", tags(SETTINGS))
    made.resume()
    assert made.endpoint().port == 5439
    made.delete("last")
    assert made.find() is None
    (snapshot,) = account.clients("redshift").describe_cluster_snapshots()["Snapshots"]
    assert snapshot["SnapshotIdentifier"] == "last"


def test_one_that_older_code_made_is_tagged(account: Account) -> None:
    account.cluster(OLDER).create(ROLE_ARN, [])
    account.cluster().adopt()
    assert account.cluster().find() == FoundPart("available", tags(SETTINGS))


def test_a_missing_cluster_says_how_to_make_it(account: Account) -> None:
    with pytest.raises(WarehouseUnavailable, match=r"no cluster 'sparkify' in eu-west-1; run: sparkify provision"):
        account.cluster().endpoint()


def test_the_vpc_is_that_of_the_subnet_group(account: Account) -> None:
    ec2 = account.clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    account.clients("redshift").create_cluster_subnet_group(
        ClusterSubnetGroupName="inside", Description="inside", SubnetIds=[subnet]
    )
    inside = replace(CLUSTER, subnet_group_name="inside")
    assert Cluster(SETTINGS, inside, account.clients).vpc() == vpc
    assert account.cluster().vpc() != vpc
