"""The whole journey on a real AWS account: nothing, a loaded star on Serverless, nothing again. It costs money.

AWS credentials and the Region are those of the environment. The workgroup is not public: run this where its VPC is
reachable, such as on an instance in the default VPC, with the CIDR of that instance as --allowed-cidr.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from prefect_aws import AwsCredentials

from cli.query import TypedQuery, query
from flows.audit import audit
from flows.etl import etl
from flows.provision import provision_warehouse
from flows.sample import sample
from flows.teardown import teardown
from warehouse.redshift.blocks import RedshiftServerless

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BLOCK = "redshift-serverless/journey"


@contextmanager
def bucket_of(folder: Path, s3: "S3Client") -> Iterator[str]:
    """Put the files of a folder into a new bucket that goes in the end, and give its name."""
    name, region = f"sparkify-journey-{uuid4().hex[:12]}", s3.meta.region_name
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **place)  # type: ignore[arg-type]
    try:
        for path in sorted(folder.rglob("*.json")):
            s3.upload_file(str(path), name, str(path.relative_to(folder)))
        yield name
    finally:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
            for found in page.get("Contents", []):
                s3.delete_object(Bucket=name, Key=found["Key"])
        s3.delete_bucket(Bucket=name)


@pytest.fixture
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The name of a new bucket with a generated lake."""
    if not request.config.getoption("--i-accept-costs"):
        pytest.skip("makes a Redshift Serverless workgroup in your AWS account; give --i-accept-costs")
    sample(tmp_path / "lake", events=2000, songs=50, days=3)
    with closing(boto3.client("s3")) as s3, bucket_of(tmp_path / "lake", s3) as name:
        yield name


@pytest.fixture
def block(lake: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A block of a warehouse that is not there yet, and will not be there afterwards, whatever happens."""
    request.getfixturevalue("prefect_server")  # not before the lake, which may skip all this
    described: dict[str, Any] = {
        "region": boto3.Session().region_name,
        "events_url": f"s3://{lake}/log_data",
        "songs_url": f"s3://{lake}/song_data",
        "work_prefix": f"s3://{lake}-work/sparkify/",
        "iam_role_name": lake,
        "namespace_name": lake,
        "workgroup_name": lake,
        "allowed_cidr": request.config.getoption("--allowed-cidr"),
    }
    RedshiftServerless(credentials=AwsCredentials(), **described).save("journey", overwrite=True)
    yield BLOCK
    teardown(BLOCK, confirm=BLOCK, no_snapshot=True)


def test_no_bucket_is_left_where_an_upload_fails(s3: "S3Client", tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.json").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError), bucket_of(tmp_path, s3):
        pytest.fail("one file was not there")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["lake"]


@pytest.mark.redshift
@pytest.mark.timeout(7200)
def test_from_nothing_to_a_star_and_back(block: str) -> None:
    assert {made.state for made in provision_warehouse(block)} == {"created"}
    assert {made.state for made in provision_warehouse(block)} == {"found"}
    loaded = etl(block)
    assert loaded.headline.startswith("Batch 1: 2,000 events, 50 songs loaded and validated")
    assert etl(block).headline.startswith("nothing new")
    assert {suite.failed for suite in audit(block).suites} == {0}
    with query(block, TypedQuery("SELECT COUNT(*) FROM songplays")) as (_, rows):
        [(plays,)] = rows
    assert plays == {change.table: change.rows_after for change in loaded.tables}["songplays"]
    removed = teardown(block, confirm=block, no_snapshot=True)
    assert {gone.state for gone in removed} == {"deleted"}
