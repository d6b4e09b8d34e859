"""A run, and a reader, get along with the policies in deployments/iam, and need all of what they allow."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from prefect_aws import AwsCredentials

from cli.query import TypedQuery, query
from flows.audit import audit
from flows.etl import etl
from flows.insights import insights
from tasks.provision.infrastructure import on_aws
from tests.redshift_mode.conftest import REGION, SETTINGS, CloudLake
from tests.redshift_mode.emulated import PASSWORD, EmulatedCluster, clients_of_moto, dial
from tests.warehouse.redshift.policies import ACCOUNT, Call, Recorder, permits, require_exactly, statements
from warehouse import open_warehouse
from warehouse.redshift.blocks import RedshiftBlock, RedshiftServerless
from warehouse.redshift.compute import Clients
from warehouse.redshift.ownership import listed, tags
from warehouse.redshift.warehouse import RedshiftWarehouse

pytestmark = pytest.mark.slow

ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {
    "GetWorkgroup": lambda: {
        "workgroup": {"status": "AVAILABLE", "endpoint": {"address": "sparkify.example.com", "port": 5439}}
    },
    "GetCredentials": lambda: {
        "dbUser": "IAM:tester", "dbPassword": PASSWORD, "expiration": datetime.now(UTC) + timedelta(hours=1)
    },
}  # fmt: skip
"""What Serverless says, since moto does not emulate it."""
RECORDER = Recorder()


def recorded(clients: Clients, service: str) -> Any:
    """Return a client that writes down what right each of its requests needs."""
    client = RECORDER.watch(clients(service), service)
    client.meta.events.register(f"before-call.{service}", _answer, unique_id="answer")
    return client


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
        return partial(recorded, clients_of_moto(self))

    def open(self, schema: str | None = None) -> RedshiftWarehouse:
        return replace(super().open(schema), dial=dial)


def save(block: type[RedshiftBlock], **names: Any) -> None:
    block(credentials=AwsCredentials(), **names, **SETTINGS).save("prod", overwrite=True)


def load_for_some_days(cloud: CloudLake, warehouse: str) -> None:
    """Load or find nothing new, quarantine, compact, forget the oldest Data Docs, and audit."""
    etl(warehouse=warehouse)
    etl(warehouse=warehouse, events="s3://lake/log_data", songs="s3://lake/song_data")  # which could be files
    cloud.log("2018-11-13", {"sessionId": 2}, {"sessionId": 3, "level": "gold"})
    for name in ("TRB", "TRC"):
        cloud.song(name, {"song_id": f"SOAAAAAAAAAAAAA{name}"})
    etl(warehouse=warehouse, quarantine_budget=0.5, compact_songs=True, keep_data_docs=1)
    audit(warehouse=warehouse)


def read(warehouse: str, out: Path) -> set[Call]:
    """Ask a question, and all questions of the report; return what that needed."""
    RECORDER.calls.clear()
    with query(warehouse, TypedQuery("SELECT COUNT(*) FROM songplays")) as (_, rows):
        assert list(rows) != [(0,)]
    insights(warehouse, out / "insights.html")
    return set(RECORDER.calls)


@pytest.mark.slow
def test_the_policies_for_a_cluster_and_a_workgroup_are_what_runs_and_readers_need(
    whole_cloud: CloudLake, tmp_path: Path
) -> None:
    RECORDER.calls.clear()
    save(RecordedCluster, cluster_identifier="sparkify")
    redshift = boto3.client("redshift")
    arn = f"arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:sparkify"
    redshift.create_tags(ResourceName=arn, Tags=listed(tags(on_aws(open_warehouse("recorded-cluster/prod")).settings)))
    redshift.pause_cluster(ClusterIdentifier="sparkify")
    redshift.close()
    etl(warehouse="recorded-cluster/prod", resume_first=True, pause_after=True)
    etl(warehouse="recorded-cluster/prod", resume_first=True)
    load_for_some_days(whole_cloud, "recorded-cluster/prod")
    require_exactly(statements("runner-cluster"), RECORDER.calls)
    of_cluster = read("recorded-cluster/prod", tmp_path)
    save(RecordedServerless, namespace_name="sparkify", workgroup_name="sparkify")
    require_exactly(statements("reader"), of_cluster | read("recorded-serverless/prod", tmp_path))


def test_the_policy_for_serverless_is_what_runs_need(whole_cloud: CloudLake) -> None:
    RECORDER.calls.clear()
    save(RecordedServerless, namespace_name="sparkify", workgroup_name="sparkify")
    load_for_some_days(whole_cloud, "recorded-serverless/prod")
    require_exactly(statements("runner-serverless"), RECORDER.calls)


def test_a_call_that_no_statement_allows_is_noticed() -> None:
    page = "arn:aws:s3:::work/sparkify/data-docs/index.html"
    delete, listing = Call("s3:DeleteObject", page), Call("s3:ListBucket", "arn:aws:s3:::work")
    inside = listing._replace(context=(("s3:prefix", "sparkify/data-docs/runs/"),))
    elsewhere = delete._replace(resource="arn:aws:s3:::lake/log_data/a.json")
    allowed = statements("runner-cluster")
    assert [any(permits(each, call) for each in allowed) for call in (delete, inside)] == [True, True]
    assert [any(permits(each, call) for each in allowed) for call in (elsewhere, listing)] == [False, False]
