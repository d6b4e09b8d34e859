"""The rights that the README asks for are those that the code uses."""

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).parents[3]
SERVICES = ("s3", "iam", "ec2", "redshift", "redshift-serverless", "secretsmanager")
ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""What IAM calls a right otherwise than the request that needs it (service authorization reference, Amazon S3)."""
IN_THE_CALLERS_NAME = {
    "s3:TagResource", "iam:PassRole", "iam:CreateServiceLinkedRole",
    "redshift:CreateClusterSnapshot", "redshift-serverless:CreateSnapshot",
    "secretsmanager:CreateSecret",
    "secretsmanager:DescribeSecret", "secretsmanager:RotateSecret", "secretsmanager:UpdateSecret",
    "secretsmanager:DeleteSecret",
}  # fmt: skip
"""What AWS does itself when it is asked for something else: tags, snapshots, the administrator's password."""
CALL = re.compile(r'\.([a-z0-9_]+)\b(?=[(,])|get_paginator\("(\w+)"\)')
"""A method that is called, or handed on to be called."""


def statements() -> list[dict[str, Any]]:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition('    {"Version": "2012-10-17"')
    policy: dict[str, Any] = json.loads((text[1] + text[2]).partition("\n\n")[0])
    return list(policy["Statement"])


def texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def granted() -> list[str]:
    return [action for statement in statements() for action in texts(statement["Action"])]


@pytest.fixture(scope="module")
def requests() -> dict[str, set[str]]:
    """By the name of a client's method: the rights of which a request of that name needs one, a service each."""
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        client = boto3.client(service, region_name="eu-west-1")  # type: ignore[call-overload]
        for method, request in client.meta.method_to_api_mapping.items():
            action = f"{service}:{request}"
            found.setdefault(method, set()).add(ACTIONS.get(action, action))
        client.close()
    return found


def test_the_readme_asks_for_every_right_that_is_used_and_no_other(requests: dict[str, set[str]]) -> None:
    code = [*(ROOT / "warehouse/redshift").glob("*.py"), ROOT / "warehouse/s3.py"]
    called = {a or b for file in code for a, b in CALL.findall(file.read_text(encoding="utf-8"))}
    used = {method: requests[method] for method in called if method in requests}
    assert len(used) > 40
    given = granted()
    missing = {method for method, actions in used.items() if not any(fnmatch.filter(actions, right) for right in given)}
    assert missing == set()
    idle = {right for right in given if not any(fnmatch.filter(actions, right) for actions in used.values())}
    assert idle == IN_THE_CALLERS_NAME


def test_nobody_may_log_in_but_as_the_user_of_the_block_at_its_own_warehouse() -> None:
    bound = {
        action: (texts(statement["Resource"]), statement.get("Condition"))
        for statement in statements()
        for action in texts(statement["Action"])
        if action.endswith("Credentials")
    }
    tag = {"StringEquals": {"aws:ResourceTag/sparkify:warehouse": "redshift-serverless/prod"}}
    assert bound == {
        "redshift:GetClusterCredentials": (
            ["arn:aws:redshift:*:*:dbuser:sparkify/sparkify_admin", "arn:aws:redshift:*:*:dbname:sparkify/sparkify"],
            None,
        ),
        "redshift-serverless:GetCredentials": (["arn:aws:redshift-serverless:*:*:workgroup/*"], tag),
    }
