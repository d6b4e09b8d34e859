"""An AWS of moto's making: S3 with a lake and a work bucket, a cluster, and saved blocks that describe it all."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from prefect_aws import AwsCredentials
from pydantic import SecretStr

from tests.flows.lakes import EVENT, SONG
from tests.redshift_mode.emulated import WIRE, EmulatedCluster, EmulatedServerless, make_users
from tests.state import forget_aws, forget_everything
from tests.variants import often

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION = "eu-west-1"
BUCKETS = ("lake", "work")
CANARIES = {
    "aws_access_key_id": "CANARYACCESSKEYID",
    "aws_secret_access_key": "canary-secret-access-key",
    "aws_session_token": "canary-session-token",
}
WAREHOUSES = ("emulated-cluster/test", "emulated-serverless/test")
ONE_OFTEN = often(WAREHOUSES, other=pytest.mark.slow)
"""Both, of which the fast part tries one."""
SETTINGS: dict[str, Any] = {
    "region": REGION,
    "events_url": "s3://lake/log_data",
    "songs_url": "s3://lake/song_data",
    "work_prefix": "s3://work/sparkify/",
}


@dataclass(frozen=True)
class CloudLake:
    """A small lake on S3 that a test writes object by object."""

    s3: "S3Client"

    def log(self, day: str, *events: Mapping[str, object]) -> str:
        """Write one daily log: each event is what differs from EVENT."""
        return self._put(f"log_data/{day}-events.json", "\n".join(json.dumps({**EVENT, **event}) for event in events))

    def song(self, name: str, change: Mapping[str, object]) -> str:
        """Write one song file: what differs from SONG."""
        return self._put(f"song_data/{name}.json", json.dumps({**SONG, **change}))

    def _put(self, key: str, text: str) -> str:
        self.s3.put_object(Bucket="lake", Key=key, Body=text.encode())
        return f"s3://lake/{key}"


@pytest.fixture(scope="module")
def aws(moto_endpoint: str) -> Iterator["S3Client"]:
    """An AWS with two buckets and a cluster; the client of its S3."""
    settings = {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        forget_aws(moto_endpoint)
        s3, redshift = boto3.client("s3"), boto3.client("redshift")
        for bucket in BUCKETS:
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        redshift.create_cluster(
            ClusterIdentifier="sparkify",
            DBName="sparkify",
            ClusterType="single-node",
            NodeType="ra3.large",
            MasterUsername="sparkify_admin",
            MasterUserPassword="Testing-1",
        )
        yield s3
        redshift.close()
        s3.close()


def _empty(s3: "S3Client") -> None:
    for bucket in BUCKETS:
        for found in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=found["Key"])


def new_cloud(s3: "S3Client") -> CloudLake:
    """Make a lake with one play and its song, an empty warehouse, and the saved blocks of it."""
    forget_everything()
    make_users()
    WIRE.reset()
    _empty(s3)
    credentials = AwsCredentials(
        aws_access_key_id=CANARIES["aws_access_key_id"],
        aws_secret_access_key=SecretStr(CANARIES["aws_secret_access_key"]),
        aws_session_token=CANARIES["aws_session_token"],
    )
    names: dict[str, Any] = {"namespace_name": "sparkify", "workgroup_name": "sparkify"}
    EmulatedCluster(credentials=credentials, cluster_identifier="sparkify", **SETTINGS).save("test", overwrite=True)
    EmulatedServerless(credentials=credentials, **names, **SETTINGS).save("test", overwrite=True)
    lake = CloudLake(s3)
    lake.log("2018-11-12", {})
    lake.song("TRAAAAW128F429D538", {})
    return lake


@pytest.fixture
def cloud(flows: None, aws: "S3Client") -> CloudLake:
    """A lake with one play and its song on S3, and nothing loaded; flows run by their stages, or as a whole."""
    return new_cloud(aws)


@pytest.fixture
def whole_cloud(prefect_server: str, aws: "S3Client") -> CloudLake:
    """The same, for flows that run as a whole in the fast part too."""
    return new_cloud(aws)
