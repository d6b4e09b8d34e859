"""An operator gets along with the policies in deployments/iam, and needs all of what they allow."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from prefect.logging import disable_run_logger

from tasks.provision import infrastructure, teardown
from tasks.provision.lifecycle import pause, resume
from tests.warehouse.redshift.account import CLUSTER, ROLE_ARN, SERVERLESS, SETTINGS, Account
from tests.warehouse.redshift.policies import (
    LAKE_KEY_ARN,
    POLICIES,
    Call,
    Recorder,
    permits,
    require_exactly,
    statements,
    texts,
)
from tests.warehouse.redshift.test_admission import Wire
from tests.warehouse.redshift.test_role import ANYBODY, WIDE
from warehouse import WarehouseUnavailable
from warehouse.redshift.bucket import ensure_bucket
from warehouse.redshift.cluster import Cluster
from warehouse.redshift.compute import Clients, Compute
from warehouse.redshift.network import ensure_ingress, require_zones
from warehouse.redshift.ownership import listed, tags
from warehouse.redshift.role import ensure_role, policy
from warehouse.redshift.serverless import Serverless
from warehouse.redshift.settings import Settings
from warehouse.redshift.warehouse import RedshiftWarehouse

BOUNDARY_ARN = "arn:aws:iam::123456789012:policy/sparkify-boundary"
RUN = "8f0e3c5a-0000-4000-8000-123456789abc"
GROUP = "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1"
REDSHIFT = "arn:aws:redshift:eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/sparkify-redshift-copy"
MINE = (
    ("aws:RequestTag/sparkify:made-by", "sparkify-warehouse"),
    ("aws:RequestTag/sparkify:warehouse", "redshift-cluster/prod"),
)
ATTACKS = {
    "a mark on somebody else's group": Call("ec2:CreateTags", GROUP, MINE),
    "a mark on a machine": Call("ec2:CreateTags", GROUP.replace("security-group/sg", "instance/i"), MINE),
    "a group without our tags is opened": Call("ec2:AuthorizeSecurityGroupIngress", GROUP),
    "a role without a boundary": Call("iam:CreateRole", ROLE, MINE),
    "rights without a boundary": Call("iam:PutRolePolicy", ROLE),
    "another boundary": Call(
        "iam:PutRolePermissionsBoundary", ROLE, (("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/Admin"),)
    ),
    "another role": Call("iam:GetRole", ROLE.replace("sparkify-redshift-copy", "admin")),
    "the role for a machine": Call("iam:PassRole", ROLE, (("iam:PassedToService", "ec2.amazonaws.com"),)),
    "another user": Call("redshift:GetClusterCredentials", f"{REDSHIFT}:dbuser:sparkify/root"),
    "a cluster without our tags": Call("redshift:DeleteCluster", f"{REDSHIFT}:cluster:sparkify"),
    "another warehouse's secret": Call(
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:redshift!other-admin-AbCdEf",
    ),
    "a mark on another warehouse's workgroup": Call(
        "redshift-serverless:TagResource",
        f"arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/{RUN}",
        (*MINE, ("aws:ResourceTag/sparkify:warehouse", "redshift-serverless/other")),
    ),
    "a login to another workgroup": Call(
        "redshift-serverless:GetCredentials", f"arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/{RUN}"
    ),
    "the lake is changed": Call("s3:PutObject", "arn:aws:s3:::lake/log_data/a.json"),
}  # fmt: skip


class Emulated:
    """Serverless, since moto has none: what was made is available, what was deleted is gone."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.made: dict[str, list[dict[str, str]]] = {}
        self.roles: list[str] = []
        self.groups: list[str] = []
        self.asked: dict[str, Any] = {}

    def hear(self, params: dict[str, Any], **_: object) -> None:
        self.asked = params

    def answer(self, model: Any, **_: object) -> tuple[AWSResponse, dict[str, Any]]:
        """Answer a request as AWS would, by the kind of what it is about."""
        kind = "workgroup" if "workgroup" in str(self.asked) else "namespace"
        if model.name == "GetCredentials":
            until = datetime.now(UTC) + timedelta(hours=1)
            return _said({"dbUser": "IAMR:loader", "dbPassword": "temporary", "expiration": until})
        if model.name.startswith("Create") or model.name == "TagResource":
            self.made[kind] = self.asked["tags"]
        self.roles = self.asked.get("iamRoles", self.roles)
        self.groups = self.asked.get("securityGroupIds", self.groups)
        if model.name == "ListTagsForResource":
            return _said({"tags": self.made[kind]})
        if kind not in self.made:
            return _said({"Error": {"Code": "ResourceNotFoundException", "Message": "none"}}, 404)
        if model.name.startswith("Delete"):
            del self.made[kind]
        found = {"status": "AVAILABLE", f"{kind}Arn": f"arn:{kind}", "endpoint": {"address": "here", "port": 5439}}
        own = {
            "iamRoles": [f"IamRole(applyStatus=in-sync, iamRoleArn={arn})" for arn in self.roles],
            "securityGroupIds": self.groups,
        }
        return _said({kind: {**found, **own, "adminPasswordSecretArn": self.secret()}})

    def secret(self) -> str:
        secrets = self.account.clients("secretsmanager")
        for found in secrets.list_secrets()["SecretList"]:
            return str(found["ARN"])
        text = json.dumps({"username": "admin", "password": "secret"})
        return str(secrets.create_secret(Name="redshift!sparkify-data-admin", SecretString=text)["ARN"])


def _said(answer: dict[str, Any], status: int = 200) -> tuple[AWSResponse, dict[str, Any]]:
    return AWSResponse("", status, HTTPHeaders(), None), answer


def recorded(account: Account, emulated: Emulated) -> tuple[Recorder, Clients]:
    """Return clients whose requests are recorded; what prepares the account beside them is not."""
    recorder, watched = Recorder(), Account(account.endpoint)

    def clients(service: str) -> Any:
        is_new = service not in watched.made
        client = watched.clients(service)
        if is_new:
            recorder.watch(client, service)
            account.made[f"recorded {service}"] = client  # to be closed with the others
            if service == "redshift":  # moto has no such request
                client.meta.events.register(f"before-call.{service}.ModifyClusterIamRoles", lambda **_: _said({}))
            if service == "redshift-serverless":
                client.meta.events.register(f"provide-client-params.{service}", emulated.hear)
                client.meta.events.register(f"before-call.{service}", emulated.answer)
        return client

    return recorder, clients


def make_as_older_code_did(account: Account, emulated: Emulated, settings: Settings) -> None:
    """Make everything without an id, and the role without a boundary; a run has written something."""
    older = replace(settings, warehouse_id=None, permissions_boundary_arn=None)
    cluster = account.cluster(older)
    ensure_bucket(older, account.clients)
    ensure_role(older, account.clients, ROLE_ARN, cluster.copiers)
    ensure_ingress(older, account.clients, cluster)
    if settings.name.startswith("redshift-cluster"):
        cluster.create(ROLE_ARN, [])
    emulated.made = {kind: listed(tags(older), "key", "value") for kind in ("namespace", "workgroup")}
    account.clients("s3").put_object(Bucket="work", Key=f"sparkify/{RUN}/events.manifest")


def damage(account: Account) -> None:
    """Widen the role and open the bucket, as somebody may by hand."""
    iam, s3, everybody = account.clients("iam"), account.clients("s3"), json.dumps(policy(SETTINGS, ROLE_ARN))
    iam.put_role_policy(RoleName="sparkify-redshift-copy", PolicyName="more", PolicyDocument=everybody)
    iam.update_assume_role_policy(RoleName="sparkify-redshift-copy", PolicyDocument=json.dumps(ANYBODY))
    iam.attach_role_policy(RoleName="sparkify-redshift-copy", PolicyArn=BOUNDARY_ARN)
    s3.delete_public_access_block(Bucket="work")
    s3.delete_bucket_encryption(Bucket="work")


def live(account: Account, name: str, describe: Callable[[Settings, Clients], Compute]) -> set[Call]:
    """Make everything and tear it down; adopt what older code made, mend it, pause and resume it, tear it down."""
    emulated = Emulated(account)
    recorder, clients = recorded(account, emulated)
    settings = replace(SETTINGS, name=name, permissions_boundary_arn=BOUNDARY_ARN)
    warehouse = RedshiftWarehouse(settings, "sys", clients, describe(settings, clients), Wire().dial)
    account.clients("iam").create_policy(PolicyName="sparkify-boundary", PolicyDocument=json.dumps(WIDE))
    with disable_run_logger():
        made = [each.state for each in infrastructure.steps(warehouse)]
        assert made == ["created"] * (len(made) - 2) + ["found"] * 2  # who logs in
        assert {each.state for each in teardown.steps(warehouse, no_snapshot=True)} == {"deleted"}
        make_as_older_code_did(account, emulated, settings)
        recorder.tags = {kind: tags(replace(settings, warehouse_id=None)) for kind in recorder.tags}
        list(infrastructure.steps(warehouse))
        damage(account)
        assert [each.kind for each in infrastructure.steps(warehouse) if each.state == "changed"] == ["bucket", "role"]
        list(infrastructure.steps(replace(warehouse, settings=replace(settings, allowed_cidr="10.1.0.0/16"))))
        for ask in (warehouse.compute.endpoint, warehouse.compute.login):
            ask()
        emulated.roles = []
        for part in warehouse.compute.parts:
            part.align(ROLE_ARN, ["sg-2"])
        if warehouse.compute.pausable:
            clients("redshift").modify_cluster_iam_roles(ClusterIdentifier="sparkify", AddIamRoles=[ROLE_ARN])
        pause.fn(warehouse)
        resume.fn(warehouse)
        assert {each.state for each in teardown.steps(warehouse, no_snapshot=False)} == {"deleted"}
    return recorder.calls


def in_a_subnet_group(settings: Settings, clients: Clients) -> Cluster:
    Cluster(settings, CLUSTER, clients).vpc()  # that of the account
    return Cluster(settings, replace(CLUSTER, subnet_group_name="inside"), clients)


@pytest.mark.slow
def test_the_operator_of_a_cluster_may_do_what_is_needed_and_no_more(account: Account) -> None:
    (subnet, *_) = account.clients("ec2").describe_subnets()["Subnets"]
    account.clients("redshift").create_cluster_subnet_group(
        ClusterSubnetGroupName="inside", Description="inside", SubnetIds=[subnet["SubnetId"]]
    )
    require_exactly(statements("operator-cluster"), live(account, "redshift-cluster/prod", in_a_subnet_group))


@pytest.mark.slow
def test_the_operator_of_a_workgroup_may_do_what_is_needed_and_no_more(account: Account) -> None:
    subnets = [subnet["SubnetId"] for subnet in account.clients("ec2").describe_subnets()["Subnets"]]
    name = "redshift-serverless/prod"

    def in_a_subnet(settings: Settings, clients: Clients) -> Serverless:
        Serverless(settings, replace(SERVERLESS, subnet_ids=()), clients).vpc()  # that of the account
        with pytest.raises(WarehouseUnavailable, match="subnets in 3 Availability Zones"):
            require_zones(clients("ec2"), settings, subnets[:1])
        return Serverless(settings, replace(SERVERLESS, subnet_ids=tuple(subnets)), clients)

    require_exactly(statements("operator-serverless", WAREHOUSE_BLOCK=name), live(account, name, in_a_subnet))


@pytest.mark.parametrize("kind", ["cluster", "serverless"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_operator_may_take_over_what_is_not_the_warehouses(kind: str, attack: str) -> None:
    assert [each["Sid"] for each in statements(f"operator-{kind}") if permits(each, ATTACKS[attack])] == []


def test_the_boundary_lets_the_role_of_copy_do_its_work() -> None:
    needed = {
        Call(action, resource.replace("*", "a.json"))
        for statement in policy(SETTINGS, ROLE_ARN, [LAKE_KEY_ARN])["Statement"]
        for action in texts(statement["Action"])
        for resource in texts(statement["Resource"])
    }
    require_exactly(statements("boundary"), needed)


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.json")), ids=lambda path: path.stem)
def test_a_policy_is_no_longer_than_iam_takes(path: Path) -> None:
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), separators=(",", ":"))
    assert len(text) < 6144  # without white space; IAM user guide, reference_iam-quotas
