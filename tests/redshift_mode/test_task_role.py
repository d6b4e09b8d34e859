"""A run gets along with the policies in deployments/iam, and needs all of what they allow."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from prefect_aws import AwsCredentials

from flows.audit import audit
from flows.etl import etl
from tasks.infrastructure import on_aws
from tests.redshift_mode.conftest import REGION, SETTINGS, CloudLake
from tests.redshift_mode.emulated import PASSWORD, EmulatedCluster, dial
from warehouse import open_warehouse
from warehouse.redshift.blocks import RedshiftBlock, RedshiftServerless
from warehouse.redshift.compute import Clients
from warehouse.redshift.ownership import listed, tags
from warehouse.redshift.warehouse import RedshiftWarehouse

ROLES = Path(__file__).parents[2] / "deployments/iam"
ACCOUNT, WORKGROUP_ID = "123456789012", "8f0e3c5a-0000-4000-8000-123456789abc"
NAMES = {
    "REGION": REGION, "ACCOUNT": ACCOUNT, "CLUSTER": "sparkify", "DATABASE_USER": "sparkify_admin",
    "DATABASE": "sparkify", "WORKGROUP_ID": WORKGROUP_ID, "LAKE_BUCKET": "lake", "WORK_BUCKET": "work",
    "EVENTS_PREFIX": "log_data", "SONGS_PREFIX": "song_data", "WORK_PREFIX": "sparkify",
}  # fmt: skip
"""The words in capitals in the policies, and what they are here."""
ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {
    "GetWorkgroup": lambda: {
        "workgroup": {"status": "AVAILABLE", "endpoint": {"address": "sparkify.example.com", "port": 5439}}
    },
    "GetCredentials": lambda: {
        "dbUser": "IAM:tester", "dbPassword": PASSWORD, "expiration": datetime.now(UTC) + timedelta(hours=1)
    },
}  # fmt: skip
"""What Serverless says, since moto does not emulate it."""


class Call(NamedTuple):
    """What one request needs: a right on one resource, and what it tells of itself for conditions to look at."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


CALLS: set[Call] = set()


def recorded(clients: Clients, service: str) -> Any:
    """Return a client that writes down what right each of its requests needs."""
    client = clients(service)
    client.meta.events.register(f"provide-client-params.{service}", _record, unique_id="record")
    client.meta.events.register(f"before-call.{service}", _answer, unique_id="answer")
    return client


def _record(params: dict[str, Any], model: Any, **_: object) -> None:
    service = model.service_model.service_name
    CALLS.update(Call(*needed) for needed in _needs(f"{service}:{model.name}", params))


def _needs(request: str, given: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Name what a request needs, as the service authorization reference has it; one that is not known needs itself."""
    redshift, arn = f"arn:aws:redshift:{REGION}:{ACCOUNT}", f"arn:aws:s3:::{given.get('Bucket')}"
    match request:
        case "s3:ListObjectsV2":
            yield "s3:ListBucket", arn, (("s3:prefix", given.get("Prefix", "")),)
        case "s3:GetObject" | "s3:PutObject" | "s3:DeleteObject":
            yield request, f"{arn}/{given['Key']}"
        case "redshift:GetClusterCredentials":
            yield request, f"{redshift}:dbuser:{given['ClusterIdentifier']}/{given['DbUser']}"
            yield request, f"{redshift}:dbname:{given['ClusterIdentifier']}/{given['DbName']}"
        case "redshift:DescribeClusters" | "redshift:PauseCluster" | "redshift:ResumeCluster":
            yield request, f"{redshift}:cluster:{given['ClusterIdentifier']}"
        case "redshift-serverless:GetWorkgroup" | "redshift-serverless:GetCredentials":
            yield request, f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/{WORKGROUP_ID}"
        case "sts:GetCallerIdentity":  # no policy is asked for it
            return
        case _:
            yield request, json.dumps(given, default=str)


def _answer(model: Any, **_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
    given = ANSWERS.get(model.name)
    return (AWSResponse("", 200, HTTPHeaders(), None), given()) if given else None


class RecordedCluster(EmulatedCluster):
    """An emulated cluster whose requests are recorded."""

    _block_type_name = "Recorded Cluster"
    _block_type_slug = "recorded-cluster"

    def clients(self) -> Clients:
        return partial(recorded, super().clients())


class RecordedServerless(RedshiftServerless):
    """A workgroup that the local warehouse plays, whose requests are recorded."""

    _block_type_name = "Recorded Serverless"
    _block_type_slug = "recorded-serverless"

    def clients(self) -> Clients:
        return partial(recorded, super().clients())

    def open(self, schema: str | None = None) -> RedshiftWarehouse:
        return replace(super().open(schema), dial=dial)


def statements(role: str) -> list[dict[str, Any]]:
    text = (ROLES / f"{role}.json").read_text(encoding="utf-8")
    for word in sorted(NAMES, key=len, reverse=True):
        text = re.sub(rf"\b{word}\b|{word}(?=\*)", NAMES[word], text)
    policy: dict[str, Any] = json.loads(text)
    return list(policy["Statement"])


def texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def permits(statement: dict[str, Any], call: Call) -> bool:
    """Tell whether a statement allows a call; a condition of another kind than these policies have permits nothing."""
    context, conditions = dict(call.context), dict(statement.get("Condition", {}))
    alike = conditions.pop("StringLike", {})
    return (
        not conditions
        and any(fnmatchcase(call.action, action) for action in texts(statement["Action"]))
        and any(fnmatchcase(call.resource, resource) for resource in texts(statement["Resource"]))
        and all(any(fnmatchcase(context.get(key, ""), like) for like in texts(alike[key])) for key in alike)
    )


def save(block: type[RedshiftBlock], **names: Any) -> None:
    block(credentials=AwsCredentials(), **names, **SETTINGS).save("prod", overwrite=True)


def load_for_some_days(cloud: CloudLake, warehouse: str) -> None:
    """Load or find nothing new, quarantine, compact, forget the oldest Data Docs, and audit."""
    etl(warehouse=warehouse)
    etl(warehouse=warehouse)
    cloud.log("2018-11-13", {"sessionId": 2}, {"sessionId": 3, "level": "gold"})
    for name in ("TRB", "TRC"):
        cloud.song(name, {"song_id": f"SOAAAAAAAAAAAAA{name}"})
    etl(warehouse=warehouse, quarantine_budget=0.5, compact_songs=True, keep_data_docs=1)
    audit(warehouse=warehouse)


def require_exactly(role: str) -> None:
    """Check that a role allows all that was asked of AWS, and that each of its rights was needed."""
    allowed = statements(role)
    assert {call for call in CALLS if not any(permits(each, call) for each in allowed)} == set()
    rights = {(action, resource) for s in allowed for action in texts(s["Action"]) for resource in texts(s["Resource"])}
    needed = {
        (action, resource)
        for action, resource in rights
        for call in CALLS
        if fnmatchcase(call.action, action) and fnmatchcase(call.resource, resource)
    }
    assert rights - needed == set()


def test_the_role_for_a_cluster_is_what_runs_need(cloud: CloudLake) -> None:
    CALLS.clear()
    save(RecordedCluster, cluster_identifier="sparkify")
    redshift = boto3.client("redshift")
    arn = f"arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:sparkify"
    redshift.create_tags(ResourceName=arn, Tags=listed(tags(on_aws(open_warehouse("recorded-cluster/prod")).settings)))
    redshift.pause_cluster(ClusterIdentifier="sparkify")
    redshift.close()
    etl(warehouse="recorded-cluster/prod", resume_first=True, pause_after=True)
    etl(warehouse="recorded-cluster/prod", resume_first=True)
    load_for_some_days(cloud, "recorded-cluster/prod")
    require_exactly("task-role-cluster")


def test_the_role_for_serverless_is_what_runs_need(cloud: CloudLake) -> None:
    CALLS.clear()
    save(RecordedServerless, namespace_name="sparkify", workgroup_name="sparkify")
    load_for_some_days(cloud, "recorded-serverless/prod")
    require_exactly("task-role-serverless")


def test_a_call_that_no_statement_allows_is_noticed() -> None:
    page = "arn:aws:s3:::work/sparkify/data-docs/index.html"
    delete, listing = Call("s3:DeleteObject", page), Call("s3:ListBucket", "arn:aws:s3:::work")
    inside = listing._replace(context=(("s3:prefix", "sparkify/data-docs/runs/"),))
    elsewhere = delete._replace(resource="arn:aws:s3:::lake/log_data/a.json")
    allowed = statements("task-role-cluster")
    assert [any(permits(each, call) for each in allowed) for call in (delete, inside)] == [True, True]
    assert [any(permits(each, call) for each in allowed) for call in (elsewhere, listing)] == [False, False]
