"""The role of COPY: exactly the rights it needs, put right where they drifted."""

import json
from contextlib import closing
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from tests.warehouse.redshift.account import CLUSTER, OLDER, OTHER, ROLE_ARN, SERVERLESS, SETTINGS, TWIN, Account
from warehouse import WarehouseError
from warehouse.redshift.cluster import Cluster
from warehouse.redshift.compute import Clients
from warehouse.redshift.ownership import Resource
from warehouse.redshift.role import POLICY, ensure_role, find_keys, policy, remove_role, trust
from warehouse.redshift.serverless import Serverless
from warehouse.redshift.settings import Settings

NAME = "sparkify-redshift-copy"
COPIERS = Cluster(SETTINGS, CLUSTER, cast(Clients, None)).copiers
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "redshift.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringLike": {
                    "sts:ExternalId": "arn:aws:redshift:eu-west-1:123456789012:dbuser:sparkify/sparkify_loader"
                }
            },
        }
    ],
}
AS_OLDER_CODE_MADE_IT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
OWN = {"StringEquals": {"s3:ResourceAccount": "123456789012"}}
RIGHTS: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::lake/log_data/*", "arn:aws:s3:::lake/song_data/*"],
        },
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::lake",
            "Condition": {"StringLike": {"s3:prefix": ["log_data", "log_data/*", "song_data", "song_data/*"]}},
        },
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::work/sparkify/*"],
            "Condition": OWN,
        },
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::work",
            "Condition": {"StringLike": {"s3:prefix": ["sparkify", "sparkify/*"]}, **OWN},
        },
    ],
}
WIDE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def test_the_role_may_read_the_lake_and_the_work_prefix_and_nothing_else(account: Account) -> None:
    made = ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    assert made == Resource("role", NAME, "created", "reads the lake and the work prefix")
    iam = account.clients("iam")
    assert iam.list_role_policies(RoleName=NAME)["PolicyNames"] == [POLICY]
    assert iam.get_role_policy(RoleName=NAME, PolicyName=POLICY)["PolicyDocument"] == RIGHTS
    assert iam.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"] == []
    role = iam.get_role(RoleName=NAME)["Role"]
    assert role["Arn"] == ROLE_ARN
    assert role["AssumeRolePolicyDocument"] == TRUST


def test_a_role_that_is_in_order_is_only_found(account: Account) -> None:
    ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    assert ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS).state == "found"


@pytest.mark.parametrize(("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")])
def test_arns_are_of_the_partition_that_the_region_is_in(partition: str, region: str) -> None:
    settings, role_arn = replace(SETTINGS, region=region), ROLE_ARN.replace("aws", partition)
    made = json.dumps([policy(settings, role_arn, ["1234", "alias/lake"]), trust(settings, role_arn, COPIERS)])
    assert {arn.partition(":")[0] for arn in made.split('"arn:')[1:]} == {partition}
    assert f'"arn:{partition}:redshift:{region}:123456789012:dbuser:sparkify/sparkify_loader"' in made


KEY_ID, KEYS = "8f0e3c5a-0000-4000-8000-123456789abc", "arn:aws:kms:eu-west-1:123456789012:key/"
ELSEWHERE = f"arn:aws:kms:eu-west-1:999999999999:key/{KEY_ID}"


def by_alias(name: str) -> dict[str, object]:
    return {"Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{name}"}}}


@pytest.mark.parametrize(
    ("encryption", "right"),
    [
        ({"SSEAlgorithm": "AES256"}, None),
        ({"SSEAlgorithm": "aws:kms"}, None),
        ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ID}, {"Resource": KEYS + KEY_ID}),
        ({"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": ELSEWHERE}, {"Resource": ELSEWHERE}),
        ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/lake"}, {"Resource": f"{KEYS}*", **by_alias("lake")}),
        (
            {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEYS.replace("key/", "alias/team/lake")},
            {"Resource": f"{KEYS}*", **by_alias("team/lake")},
        ),
    ],
)
def test_the_role_decrypts_with_the_key_of_the_lakes_bucket(
    account: Account, encryption: dict[str, str], right: dict[str, object] | None
) -> None:
    ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    by_default = {"Rules": [{"ApplyServerSideEncryptionByDefault": encryption}]}
    account.clients("s3").put_bucket_encryption(Bucket="lake", ServerSideEncryptionConfiguration=by_default)
    made = ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    assert (made.state, "decrypts with" in made.detail) == (("changed", True) if right else ("found", False))
    found = account.clients("iam").get_role_policy(RoleName=NAME, PolicyName=POLICY)["PolicyDocument"]
    wanted = [{"Effect": "Allow", "Action": "kms:Decrypt", **right}] if right else []
    assert found == {**RIGHTS, "Statement": [*RIGHTS["Statement"], *wanted]}


def test_that_nobody_may_see_the_key_of_the_lake_is_told() -> None:
    client = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    with closing(client), Stubber(client) as s3:
        s3.add_client_error("get_bucket_encryption", "AccessDenied")
        assert find_keys(client, SETTINGS) == ([], False)


def test_on_serverless_any_user_of_the_account_may_copy() -> None:
    copiers = Serverless(SETTINGS, SERVERLESS, cast(Clients, None)).copiers
    [statement] = trust(SETTINGS, ROLE_ARN, copiers)["Statement"]
    assert statement["Principal"] == {"Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]}
    assert statement["Condition"]["StringLike"] == {
        "sts:ExternalId": "arn:aws:redshift:eu-west-1:123456789012:dbuser:*/*"
    }


@pytest.mark.parametrize("drifted", [ANYBODY, AS_OLDER_CODE_MADE_IT], ids=["anybody", "any database user"])
def test_rights_and_trust_that_drifted_are_put_right(account: Account, drifted: object) -> None:
    ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    iam, wide = account.clients("iam"), json.dumps(WIDE)
    for name in (POLICY, "more"):
        iam.put_role_policy(RoleName=NAME, PolicyName=name, PolicyDocument=wide)
    iam.update_assume_role_policy(RoleName=NAME, PolicyDocument=json.dumps(drifted))
    assert ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS).state == "changed"
    assert iam.list_role_policies(RoleName=NAME)["PolicyNames"] == [POLICY]
    assert iam.get_role_policy(RoleName=NAME, PolicyName=POLICY)["PolicyDocument"] == RIGHTS
    assert iam.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"] == TRUST


def test_a_work_prefix_in_the_lakes_bucket_may_be_another_accounts() -> None:
    inside = policy(replace(SETTINGS, work_prefix="s3://lake/work/"), ROLE_ARN)
    assert [each["Resource"] for each in inside["Statement"] if "StringEquals" in each.get("Condition", {})] == []


def test_managed_policies_are_taken_away_and_keep_no_role_from_being_deleted(account: Account) -> None:
    iam = account.clients("iam")
    wide = iam.create_policy(PolicyName="wide", PolicyDocument=json.dumps(WIDE))["Policy"]["Arn"]
    ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    iam.attach_role_policy(RoleName=NAME, PolicyArn=wide)
    assert [ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS).state for _ in range(2)] == ["changed", "found"]
    assert iam.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"] == []
    iam.attach_role_policy(RoleName=NAME, PolicyArn=wide)
    assert remove_role(SETTINGS, account.clients) == Resource("role", NAME, "deleted")


def test_a_lake_that_moved_changes_the_rights(account: Account) -> None:
    ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    account.bucket("new")
    moved = replace(SETTINGS, lake={**SETTINGS.lake, "events": "s3://new/logs"})
    assert ensure_role(moved, account.clients, ROLE_ARN, COPIERS).state == "changed"


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        (OTHER, "belongs to warehouse redshift-cluster/other"),
        (TWIN, f"belongs to a block of this name whose warehouse_id is {TWIN.warehouse_id}"),
        (None, "was not made by this project"),
    ],
)
def test_a_role_of_somebody_else_is_left_alone(account: Account, owner: Settings | None, said: str) -> None:
    iam = account.clients("iam")
    if owner:
        ensure_role(owner, account.clients, ROLE_ARN, COPIERS)
    else:
        iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))
    with pytest.raises(WarehouseError, match=f"role '{NAME}' exists and {said}"):
        ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    assert remove_role(SETTINGS, account.clients).state == "kept"
    assert iam.get_role(RoleName=NAME)["Role"]["RoleName"] == NAME


def test_a_role_of_ours_is_deleted_once(account: Account) -> None:
    ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS)
    assert remove_role(SETTINGS, account.clients) == Resource("role", NAME, "deleted")
    assert remove_role(SETTINGS, account.clients) == Resource("role", NAME, "deleted", "was not there")


def test_a_role_that_older_code_made_is_adopted_by_provision_and_by_nothing_else(account: Account) -> None:
    ensure_role(OLDER, account.clients, ROLE_ARN, COPIERS)
    for settings in (OLDER, SETTINGS):
        gone = remove_role(settings, account.clients)
        said = "made by an older version: run sparkify provision --warehouse redshift-cluster/prod, then teardown again"
        assert gone == Resource("role", NAME, "kept", said)
    states = [ensure_role(SETTINGS, account.clients, ROLE_ARN, COPIERS).state for _ in range(2)]
    assert states == ["changed", "found"]
    with pytest.raises(WarehouseError, match="a block of this name whose warehouse_id is"):
        ensure_role(TWIN, account.clients, ROLE_ARN, COPIERS)
    assert remove_role(SETTINGS, account.clients) == Resource("role", NAME, "deleted")


def test_a_role_is_made_within_its_boundary_and_put_back_there(account: Account) -> None:
    iam = account.clients("iam")
    rights = json.dumps(RIGHTS)
    first, second = (
        iam.create_policy(PolicyName=name, PolicyDocument=rights)["Policy"]["Arn"] for name in ("first", "second")
    )
    bounded = replace(SETTINGS, permissions_boundary_arn=first)
    states = [
        ensure_role(each, account.clients, ROLE_ARN, COPIERS).state for each in (SETTINGS, bounded, bounded, SETTINGS)
    ]
    assert states == ["created", "changed", "found", "found"]
    assert iam.get_role(RoleName=NAME)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == first
    remove_role(bounded, account.clients)
    ensure_role(replace(bounded, permissions_boundary_arn=second), account.clients, ROLE_ARN, COPIERS)
    assert iam.get_role(RoleName=NAME)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == second
