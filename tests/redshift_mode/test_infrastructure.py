"""From nothing to an empty star and back, on moto's control plane: in one go, twice, and broken off anywhere."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from prefect import flow
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact
from prefect_aws import AwsCredentials
from pydantic import SecretStr

from flows.etl import etl
from flows.pause import pause_warehouse
from flows.provision import provision_warehouse
from flows.resume import resume_warehouse
from flows.teardown import teardown
from tasks.provision.infrastructure import make_infrastructure, on_aws
from tasks.provision.teardown import remove_infrastructure
from tests.redshift_mode.conftest import CANARIES, REGION, SETTINGS
from tests.redshift_mode.emulated import EmulatedCluster, forget_users
from tests.state import fetch, forget_aws, forget_everything
from warehouse import StorageError, WarehouseError, WarehouseUnavailable, open_warehouse
from warehouse.redshift.blocks import give_id, load_block
from warehouse.redshift.compute import Clients
from warehouse.redshift.ownership import listed, tags

NAME = "interrupted-cluster/prod"
CHANGES_OF_PROVISION = 11
CHANGES_OF_TEARDOWN = 7
MANIFEST = "sparkify/8f0e3c5a-0000-4000-8000-123456789abc/events.manifest"


class BrokenOffError(Exception):
    """The process ends here."""


@dataclass
class Interruption:
    """Counts what changes something on AWS, and breaks off right after one of these requests."""

    after: int | None = None
    changes: int = 0
    tag_bucket: Callable[[], object] = lambda: None
    """Does what AWS does and moto does not: a bucket has the tags that it is asked for with from the start."""

    def watch(self, model: Any, http_response: Any, **_: object) -> None:
        """Count a request that AWS has granted."""
        if model.name.startswith(("Get", "Describe", "List", "Head")) or http_response.status_code >= 300:
            return
        self.changes += 1
        if self.changes == self.after:
            if model.name == "CreateBucket":
                self.tag_bucket()
            raise BrokenOffError(f"after {model.name}")


INTERRUPTION = Interruption()


class InterruptedCluster(EmulatedCluster):
    """An emulated cluster whose control plane can be interrupted."""

    _block_type_name = "Interrupted Cluster"
    _block_type_slug = "interrupted-cluster"

    def clients(self) -> Clients:
        made, watched = super().clients(), set[str]()

        def client(service: str) -> Any:
            found = made(service)
            if service not in watched:
                watched.add(service)
                found.meta.events.register("after-call.*", INTERRUPTION.watch)
            return found

        return client


@dataclass(frozen=True)
class Account:
    """An AWS account that holds the lake, and clients to look at it."""

    endpoint: str
    clients: dict[str, Any]

    def reset(self) -> None:
        """Empty the account but for the lake, and the warehouse with it."""
        forget_aws(self.endpoint)
        forget_everything()
        forget_users()
        self.clients["s3"].create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.clients["s3"].put_object(Bucket="lake", Key="log_data/a.json", Body=b"{}")
        INTERRUPTION.after, INTERRUPTION.changes = None, 0

    def content(self) -> dict[str, list[str]]:
        """Name everything in the account."""
        s3, redshift = self.clients["s3"], self.clients["redshift"]
        groups = self.clients["ec2"].describe_security_groups()["SecurityGroups"]
        return {
            "buckets": sorted(found["Name"] for found in s3.list_buckets()["Buckets"]),
            "roles": [found["RoleName"] for found in self.clients["iam"].list_roles()["Roles"]],
            "groups": sorted({found["GroupName"] for found in groups} - {"default"}),
            "clusters": [found["ClusterIdentifier"] for found in redshift.describe_clusters()["Clusters"]],
            "snapshots": [
                found["SnapshotIdentifier"].rpartition("-")[0]
                for found in redshift.describe_cluster_snapshots()["Snapshots"]
                if found["SnapshotType"] == "manual"
            ],
        }


EMPTY: dict[str, list[str]] = {"buckets": ["lake"], "roles": [], "groups": [], "clusters": [], "snapshots": []}
FULL = {
    "buckets": ["lake", "work"],
    "roles": ["sparkify-redshift-copy"],
    "groups": ["sparkify-sparkify"],
    "clusters": ["sparkify"],
    "snapshots": [],
}


@pytest.fixture
def account(prefect_server: str, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account that holds only the lake, and a saved block of a warehouse that is not there yet."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_endpoint)
    keys = {"region_name": REGION, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    made = Account(
        moto_endpoint,
        {name: boto3.client(name, **keys) for name in ("s3", "iam", "ec2", "redshift")},  # type: ignore[call-overload]
    )
    made.reset()
    InterruptedCluster(
        credentials=AwsCredentials(
            aws_access_key_id=CANARIES["aws_access_key_id"],
            aws_secret_access_key=SecretStr(CANARIES["aws_secret_access_key"]),
            aws_session_token=CANARIES["aws_session_token"],
        ),
        **SETTINGS,
        allowed_cidr="10.0.0.0/8",
        cluster_identifier="sparkify",
    ).save("prod", overwrite=True)

    def tag_bucket() -> None:
        ours = listed(tags(on_aws(open_warehouse(NAME)).settings))
        made.clients["s3"].put_bucket_tagging(Bucket="work", Tagging={"TagSet": ours})

    INTERRUPTION.tag_bucket = tag_bucket
    yield made
    forget_aws(moto_endpoint)
    for client in made.clients.values():
        client.close()


def states(warehouse: str = NAME) -> list[tuple[str, str]]:
    return [(made.kind, made.state) for made in provision_warehouse(warehouse)]


@pytest.mark.slow
def test_a_second_provision_finds_what_the_first_made(account: Account) -> None:
    kinds = ("bucket", "work prefix", "role", "security group", "cluster")
    loader, reader = ("database user", "created"), ("database user", "found")  # the local warehouse has a reader
    assert states() == [*((kind, "created") for kind in kinds), loader, reader]
    assert account.content() == FULL
    assert INTERRUPTION.changes == CHANGES_OF_PROVISION
    assert states() == [*((kind, "found") for kind in kinds), reader, reader]
    assert INTERRUPTION.changes == CHANGES_OF_PROVISION
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]


@flow(name="provision broken off anywhere", validate_parameters=False)
def break_provision_off(account: Account) -> None:
    """Break off after every change in turn, and mend it."""
    give_id(NAME)
    target = open_warehouse(NAME)
    for after in range(1, CHANGES_OF_PROVISION + 1):
        account.reset()
        INTERRUPTION.after = after
        with pytest.raises(BrokenOffError):
            make_infrastructure(target)
        make_infrastructure(target)
        assert account.content() == FULL, after
        assert {made.state for made in make_infrastructure(target)} == {"found"}, after


@pytest.mark.slow
def test_a_provision_that_broke_off_anywhere_is_mended_by_another(account: Account) -> None:
    break_provision_off(account)


@flow(name="teardown broken off anywhere", validate_parameters=False)
def break_teardown_off(account: Account) -> None:
    """Break off after every change in turn, and end it."""
    give_id(NAME)
    target = on_aws(open_warehouse(NAME))
    for after in range(1, CHANGES_OF_TEARDOWN + 1):
        account.reset()
        make_infrastructure(target)
        account.clients["s3"].put_object(Bucket="work", Key=MANIFEST)
        INTERRUPTION.after, INTERRUPTION.changes = after, 0
        with pytest.raises(BrokenOffError):
            remove_infrastructure(target, no_snapshot=True)
        remove_infrastructure(target, no_snapshot=True)
        assert account.content() == EMPTY, after


@pytest.mark.slow
def test_a_teardown_that_broke_off_anywhere_is_ended_by_another(account: Account) -> None:
    break_teardown_off(account)


def test_a_teardown_waits_for_the_name_and_leaves_the_lake_and_a_snapshot(account: Account) -> None:
    provision_warehouse(NAME)
    with pytest.raises(WarehouseError, match=f"nothing was deleted: to tear {NAME} down, confirm with that name"):
        teardown(NAME, confirm="prod")
    assert account.content() == FULL
    account.clients["s3"].put_object(Bucket="work", Key=MANIFEST)
    INTERRUPTION.changes = 0
    removed = teardown(NAME, confirm=NAME)
    assert [(gone.kind, gone.state) for gone in removed] == [
        ("cluster", "deleted"),
        ("ingress", "deleted"),
        ("role", "deleted"),
        ("bucket", "deleted"),
    ]
    assert account.content() == {**EMPTY, "snapshots": ["sparkify-final-sparkify"]}
    assert INTERRUPTION.changes == CHANGES_OF_TEARDOWN
    assert {gone.state for gone in teardown(NAME, confirm=NAME)} == {"deleted"}
    assert INTERRUPTION.changes == CHANGES_OF_TEARDOWN
    objects = account.clients["s3"].list_objects_v2(Bucket="lake")["Contents"]
    assert [found["Key"] for found in objects] == ["log_data/a.json"]


@pytest.mark.slow
def test_a_teardown_touches_nothing_of_others(account: Account) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    account.clients["s3"].create_bucket(Bucket="work", CreateBucketConfiguration={"LocationConstraint": REGION})
    account.clients["iam"].create_role(RoleName="sparkify-redshift-copy", AssumeRolePolicyDocument=trust)
    account.clients["redshift"].create_cluster(
        ClusterIdentifier="sparkify", NodeType="ra3.large", MasterUsername="theirs", ManageMasterPassword=True
    )
    before = account.content()
    removed = teardown(NAME, confirm=NAME)
    assert [(gone.kind, gone.state) for gone in removed if gone.state == "kept"] == [
        ("cluster", "kept"),
        ("role", "kept"),
        ("bucket", "kept"),
    ]
    assert account.content() == before
    assert INTERRUPTION.changes == 0


@pytest.mark.slow
def test_a_block_of_another_server_with_the_same_name_takes_and_deletes_nothing(account: Account) -> None:
    provision_warehouse(NAME)
    account.clients["s3"].put_object(Bucket="work", Key=MANIFEST)
    before, twin = account.content(), load_block(NAME)
    twin.warehouse_id = None
    twin.save("prod", overwrite=True)
    INTERRUPTION.changes = 0
    with pytest.raises(WarehouseError, match="bucket 'work' exists and belongs to a block of this name whose"):
        provision_warehouse(NAME)
    assert {gone.state for gone in teardown(NAME, confirm=NAME) if gone.kind != "ingress"} == {"kept"}
    assert (account.content(), INTERRUPTION.changes) == (before, 0)


@pytest.mark.long
def test_a_cluster_of_somebody_else_is_neither_taken_nor_paused(account: Account) -> None:
    account.clients["redshift"].create_cluster(
        ClusterIdentifier="sparkify", NodeType="ra3.large", MasterUsername="theirs", ManageMasterPassword=True
    )
    for act in (provision_warehouse, pause_warehouse, resume_warehouse):
        with pytest.raises(WarehouseError, match="cluster 'sparkify' exists and was not made by this project"):
            act(NAME)


@pytest.mark.slow
def test_a_cluster_is_paused_and_resumed_and_both_may_be_repeated(account: Account) -> None:
    provision_warehouse(NAME)
    for _ in range(2):
        pause_warehouse(NAME)
        with pytest.raises(WarehouseUnavailable, match=f"is paused; run: sparkify resume --warehouse {NAME}"):
            open_warehouse(NAME).connect()
    with pytest.raises(WarehouseUnavailable, match=f"is paused; run: sparkify resume --warehouse {NAME}"):
        provision_warehouse(NAME)
    for _ in range(2):
        resume_warehouse(NAME)
        open_warehouse(NAME).connect().close()


@pytest.mark.slow
def test_a_run_may_wake_the_cluster_and_lays_it_down_again_also_when_it_fails(account: Account) -> None:
    provision_warehouse(NAME)
    pause_warehouse(NAME)
    with pytest.raises(StorageError, match="there is no file there"):
        etl(NAME, resume_first=True, pause_after=True)
    with pytest.raises(WarehouseUnavailable, match="is paused"):
        open_warehouse(NAME).connect()
    with pytest.raises(StorageError, match="there is no file there"):
        etl(NAME, resume_first=True)
    open_warehouse(NAME).connect().close()


@pytest.mark.long
def test_a_run_that_breaks_off_while_it_wakes_the_cluster_lays_it_down_again(account: Account) -> None:
    provision_warehouse(NAME)
    pause_warehouse(NAME)
    INTERRUPTION.after, INTERRUPTION.changes = 1, 0
    with pytest.raises(BrokenOffError, match="after ResumeCluster"):
        etl(NAME, resume_first=True, pause_after=True)
    with pytest.raises(WarehouseUnavailable, match="is paused"):
        open_warehouse(NAME).connect()


@pytest.mark.long
def test_a_cluster_that_cannot_be_paused_is_a_warning_and_never_the_last_word(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    provision_warehouse(NAME)
    INTERRUPTION.after, INTERRUPTION.changes = 1, 0
    with pytest.raises(StorageError, match="there is no file there"):
        etl(NAME, pause_after=True)
    why = "the cluster is still running and billed: BrokenOffError: after PauseCluster"
    assert f"{why}; run: sparkify pause --warehouse {NAME}" in caplog.messages


@pytest.mark.slow
def test_nothing_can_be_paused_before_it_is_made(account: Account) -> None:
    with pytest.raises(
        WarehouseUnavailable, match=f"there is no cluster sparkify; run: sparkify provision --warehouse {NAME}"
    ):
        pause_warehouse(NAME)


@pytest.mark.slow
def test_the_artifact_lists_what_was_made_and_no_secret(account: Account) -> None:
    provision_warehouse(NAME)
    kept = Artifact.get("sparkify-provision")
    assert isinstance(kept, StoredArtifact)
    text = str(kept.data)
    assert text.startswith(f"# {NAME} on AWS\n\n| what | name | state | detail |\n|---|---|---|---|\n")
    assert "| bucket | work | created | private, encrypted |" in text
    assert "RPU-hours" in text
    assert [secret for secret in CANARIES.values() if secret in text] == []


@pytest.mark.slow
def test_the_artifact_of_a_provision_that_broke_off_lists_what_was_made(account: Account) -> None:
    account.clients["redshift"].create_cluster(
        ClusterIdentifier="sparkify", NodeType="ra3.large", MasterUsername="theirs", ManageMasterPassword=True
    )
    with pytest.raises(WarehouseError, match="was not made by this project"):
        provision_warehouse(NAME)
    kept = Artifact.get("sparkify-provision")
    assert isinstance(kept, StoredArtifact)
    rows = [line.split(" | ")[:3] for line in str(kept.data).splitlines()[4:-2]]
    assert [(kind.removeprefix("| "), state) for kind, _, state in rows] == [
        ("bucket", "created"),
        ("work prefix", "created"),
        ("role", "created"),
        ("security group", "created"),
    ]


@pytest.mark.slow
def test_local_needs_only_its_tables(account: Account) -> None:
    assert provision_warehouse("local") == []
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]
    for act in (pause_warehouse, resume_warehouse):
        with pytest.raises(WarehouseError, match="the local warehouse is not on AWS"):
            act("local")
    with pytest.raises(WarehouseError, match="the local warehouse is not on AWS"):
        etl("local", pause_after=True)
