"""The policies in deployments/iam, and the rights that recorded requests need: a small part of what IAM decides.

Which rights a request needs, on what, and what it tells of itself, is as the service authorization reference has it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from tests.warehouse.redshift.account import REGION

POLICIES = Path(__file__).parents[3] / "deployments/iam"
ACCOUNT, WORKGROUP_ID = "123456789012", "8f0e3c5a-0000-4000-8000-123456789abc"
LAKE_KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{WORKGROUP_ID}"
NAMES = {
    "REGION": REGION, "ACCOUNT": ACCOUNT, "CLUSTER": "sparkify", "DATABASE_USER": "sparkify_admin",
    "DATABASE": "sparkify", "WORKGROUP_ID": WORKGROUP_ID,
    "LAKE_BUCKET": "lake", "WORK_BUCKET": "work", "EVENTS_PREFIX": "log_data", "SONGS_PREFIX": "song_data",
    "WORK_PREFIX": "sparkify", "ROLE": "sparkify-redshift-copy", "BOUNDARY": "sparkify-boundary", "VPC_ID": "vpc-1",
    "LAKE_KEY_ARN": LAKE_KEY_ARN, "SUBNET_GROUP": "inside", "NAMESPACE": "sparkify-data",
    "WAREHOUSE_BLOCK": "redshift-cluster/prod",
}  # fmt: skip
"""The words in capitals in the policies, and what they are here."""
S3_RIGHTS = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "DeleteObjects": "DeleteObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""What IAM calls a right on S3 otherwise than the request that needs it."""
BOUNDED = ("CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy", "DeleteRolePolicy", "DetachRolePolicy")
"""Requests that a condition on the role's boundary can be put to."""
KEPT_SECRET = ("CreateSecret", "TagResource", "DescribeSecret", "RotateSecret", "UpdateSecret", "DeleteSecret")
"""What Redshift does in the caller's name where it is to keep the administrator's password."""
Context = tuple[tuple[str, str], ...]


class Call(NamedTuple):
    """What one request needs: a right on one resource, and what it tells of itself for conditions to look at."""

    action: str
    resource: str
    context: Context = ()


class Recorder:
    """Writes down the rights that the requests of clients need, and the tags and the boundary of what they made."""

    def __init__(self) -> None:
        self.calls: set[Call] = set()
        self.tags: dict[str, dict[str, str]] = {}
        self.boundary: str | None = None

    def watch(self, client: Any, service: str) -> Any:
        """Write down what right each request of a client needs."""
        client.meta.events.register(f"provide-client-params.{service}", self._record, unique_id="record")
        return client

    def _record(self, params: dict[str, Any], model: Any, **_: object) -> None:
        service, request = model.service_model.service_name, model.name
        needed = {"s3": _s3, "iam": self._iam, "ec2": self._ec2, "redshift": self._redshift}.get(service, self._others)
        self.calls.update(needed(service, request, params))

    def _made(self, kind: str, given: Mapping[str, Any]) -> Context:
        """Remember the tags of something that is being made or tagged; tell them as those of the request."""
        pairs = given.get("Tags") or given.get("tags") or given["TagSpecifications"][0]["Tags"]
        found = {pair.get("Key", pair.get("key")): pair.get("Value", pair.get("value")) for pair in pairs}
        told = self._of(kind)
        self.tags[kind] = {**self.tags.get(kind, {}), **found}
        return (*told, *((f"aws:RequestTag/{key}", value) for key, value in found.items()))

    def _of(self, kind: str) -> Context:
        return tuple((f"aws:ResourceTag/{key}", value) for key, value in self.tags.get(kind, {}).items())

    def _iam(self, service: str, request: str, given: Mapping[str, Any]) -> Iterator[Call]:
        role = f"arn:aws:iam::{ACCOUNT}:role/{given['RoleName']}"
        self.boundary = given.get("PermissionsBoundary", self.boundary)
        bounded = request in BOUNDED
        tags = self._made("role", given) if "Tags" in given else ()
        if request == "CreateRole":
            yield Call("iam:TagRole", role, tags)
        within = (("iam:PermissionsBoundary", self.boundary),) if bounded and self.boundary else ()
        yield Call(f"{service}:{request}", role, (*within, *tags))
        if request == "DeleteRole":
            self.boundary = None

    def _ec2(self, service: str, request: str, given: Mapping[str, Any]) -> Iterator[Call]:
        ec2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
        group = f"{ec2}:security-group/{given.get('GroupId', 'sg-new')}"
        if request.startswith("Describe"):
            yield Call(f"{service}:{request}", "*")
        elif request == "CreateTags":
            for name in given["Resources"]:
                kind = "security-group-rule" if name.startswith("sgr-") else "security-group"
                yield Call("ec2:CreateTags", f"{ec2}:{kind}/{name}", self._made(kind, given))
        elif request == "CreateSecurityGroup":
            yield Call("ec2:CreateSecurityGroup", f"{ec2}:vpc/{NAMES['VPC_ID']}")
            tags = self._made("security-group", given)
            yield Call("ec2:CreateSecurityGroup", group, tags)
            yield Call("ec2:CreateTags", group, (*tags, ("ec2:CreateAction", request)))
        else:
            yield Call(f"{service}:{request}", group, self._of("security-group"))
            if request == "AuthorizeSecurityGroupIngress":
                tags = self._made("security-group-rule", given)
                rule = f"{ec2}:security-group-rule/sgr-new"
                yield Call("ec2:CreateTags", rule, (*tags, ("ec2:CreateAction", request)))

    def _redshift(self, service: str, request: str, given: Mapping[str, Any]) -> Iterator[Call]:
        redshift = f"arn:aws:redshift:{REGION}:{ACCOUNT}"
        name = given.get("ClusterIdentifier")
        cluster = given.get("ResourceName", f"{redshift}:cluster:{name}")
        if request == "GetClusterCredentials":
            yield Call(f"{service}:{request}", f"{redshift}:dbuser:{name}/{given['DbUser']}")
            yield Call(f"{service}:{request}", f"{redshift}:dbname:{name}/{given['DbName']}")
        elif request == "DescribeClusterSubnetGroups":
            yield Call(f"{service}:{request}", f"{redshift}:subnetgroup:{given['ClusterSubnetGroupName']}")
        elif "Tags" in given:
            tags = self._made("cluster", given)
            yield Call("redshift:CreateTags", cluster, tags)
            yield Call(f"{service}:{request}", cluster, tags)
        else:
            yield Call(f"{service}:{request}", cluster, self._of("cluster"))
        if request == "ModifyClusterIamRoles":
            yield from _passed(given["AddIamRoles"][0], "redshift")
        if request == "CreateCluster":
            yield from _handed_over(given["IamRoles"][0], "redshift", str(name))
            linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/redshift.amazonaws.com/AWSServiceRoleForRedshift"
            yield Call("iam:CreateServiceLinkedRole", linked, (("iam:AWSServiceName", "redshift.amazonaws.com"),))
        if snapshot := given.get("FinalClusterSnapshotIdentifier"):
            yield Call("redshift:CreateClusterSnapshot", f"{redshift}:snapshot:{name}/{snapshot}")

    def _others(self, service: str, request: str, given: Mapping[str, Any]) -> Iterator[Call]:
        """Name what Serverless and Secrets Manager need; of a request that is not known, the request itself."""
        if service == "sts" and request == "GetCallerIdentity":  # no policy is asked for it
            return
        if service == "secretsmanager":
            yield Call(f"{service}:{request}", given["SecretId"])
            return
        if service != "redshift-serverless":
            yield Call(f"{service}:{request}", json.dumps(given, default=str))
            return
        kind = "workgroup" if "workgroup" in str(given) else "namespace"
        resource = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:{kind}/{WORKGROUP_ID}"
        tags = self._made(kind, given) if "tags" in given else self._of(kind)
        yield Call(f"{service}:{request}", resource, tags)
        if request.startswith("Create"):
            yield Call("redshift-serverless:TagResource", resource, tags)
        if request == "UpdateNamespace":
            yield from _passed(given["iamRoles"][-1], "redshift-serverless")
        if request == "CreateNamespace":
            yield from _handed_over(given["iamRoles"][0], "redshift-serverless", given["namespaceName"])
            linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/redshift.amazonaws.com/AWSServiceRoleForRedshift"
            yield Call("iam:CreateServiceLinkedRole", linked, (("iam:AWSServiceName", "redshift.amazonaws.com"),))
        if "finalSnapshotName" in given:
            snapshot = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:snapshot/{WORKGROUP_ID}"
            yield Call("redshift-serverless:CreateSnapshot", snapshot)


def _s3(service: str, request: str, given: Mapping[str, Any]) -> Iterator[Call]:
    bucket = f"arn:aws:s3:::{given['Bucket']}"
    action = f"{service}:{S3_RIGHTS.get(request, request)}"
    if "Delete" in given:
        yield from (Call(action, f"{bucket}/{each['Key']}") for each in given["Delete"]["Objects"])
    elif "Key" in given:
        yield Call(action, f"{bucket}/{given['Key']}")
    else:
        yield Call(action, bucket, (("s3:prefix", given["Prefix"]),) if "Prefix" in given else ())
    if request == "CreateBucket":
        yield Call("s3:TagResource", bucket)


def _passed(role_arn: str, service: str) -> Iterator[Call]:
    """Name what a caller needs who hands a role over to Redshift."""
    yield Call("iam:PassRole", role_arn, (("iam:PassedToService", f"{service}.amazonaws.com"),))


def _handed_over(role_arn: str, service: str, name: str) -> Iterator[Call]:
    """Name what a caller needs who hands a role over to Redshift, and lets it keep the administrator's password."""
    yield from _passed(role_arn, service)
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:redshift!{name}-admin-AbCdEf"
    yield from (Call(f"secretsmanager:{action}", secret) for action in KEPT_SECRET)


def statements(name: str, **names: str) -> list[dict[str, Any]]:
    """Return the statements of a policy, with the names that things have here."""
    text, known = (POLICIES / f"{name}.json").read_text(encoding="utf-8"), {**NAMES, **names}
    for word in sorted(known, key=len, reverse=True):
        text = re.sub(rf"\b{word}\b|{word}(?=\*)", known[word], text)
    policy: dict[str, Any] = json.loads(text)
    return list(policy["Statement"])


def texts(value: str | list[str]) -> list[str]:
    """Return what a statement says once or as a list."""
    return [value] if isinstance(value, str) else value


def permits(statement: Mapping[str, Any], call: Call) -> bool:
    """Tell whether a statement allows a call; a condition of another kind than these policies have permits nothing."""
    return (
        any(fnmatchcase(call.action, action) for action in texts(statement["Action"]))
        and any(fnmatchcase(call.resource, resource) for resource in texts(statement["Resource"]))
        and all(
            _holds(operator, texts(wanted), dict(call.context).get(key))
            for operator, conditions in statement.get("Condition", {}).items()
            for key, wanted in conditions.items()
        )
    )


def _holds(operator: str, wanted: list[str], told: str | None) -> bool:
    if operator == "StringEqualsIfExists":
        return told is None or told in wanted
    if operator == "StringEquals":
        return told in wanted
    return operator == "StringLike" and any(fnmatchcase(told or "", like) for like in wanted)


def require_exactly(allowed: list[dict[str, Any]], calls: set[Call]) -> None:
    """Check that a policy allows all calls, and that each of its actions and resources was needed by one of them."""
    assert {call for call in calls if not any(permits(each, call) for each in allowed)} == set()
    idle = [
        (statement["Sid"], part, text)
        for statement in allowed
        for part in ("Action", "Resource")
        for text in texts(statement[part])
        if not any(permits({**statement, part: text}, call) for call in calls)
    ]
    assert idle == [], idle
