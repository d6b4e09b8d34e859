"""The work bucket: made private, put right, emptied of what runs wrote, and never anybody else's."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from tests.warehouse.redshift.account import OLDER, OTHER, SETTINGS, TWIN, Account
from warehouse import WarehouseError, WarehouseUnavailable
from warehouse.redshift.bucket import PRIVATE, ensure_bucket
from warehouse.redshift.ownership import Resource
from warehouse.redshift.settings import Settings
from warehouse.redshift.work_prefix import mark_work, remove_work

RUN = "8f0e3c5a-0000-4000-8000-123456789abc"
MANIFEST = f"sparkify/{RUN}/events.manifest"
MARK = "sparkify/sparkify-warehouse-id"
IN_THE_LAKE = replace(SETTINGS, work_prefix="s3://lake/work/")


def keys(account: Account) -> list[str]:
    return [found["Key"] for found in account.clients("s3").list_objects_v2(Bucket="work").get("Contents", [])]


def make(account: Account, settings: Settings = SETTINGS) -> list[str]:
    """Make what lies on S3, as provision does."""
    return [ensure_bucket(settings, account.clients).state, mark_work(settings, account.clients).state]


def put_the_day_before(account: Account, key: str) -> None:
    """Put an object into the lake's bucket, and let S3 say that this was a day ago."""
    s3 = account.clients("s3")
    s3.put_object(Bucket="lake", Key=key)

    def tell(parsed: dict[str, Any], **_: object) -> None:
        for found in parsed.get("Contents", []):
            found["LastModified"] -= timedelta(days=found["Key"] == key)

    s3.meta.events.register("after-call.s3.ListObjectsV2", tell)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_the_bucket_is_made_private_encrypted_and_tagged(account: Account, region: str) -> None:
    account.region = region
    account.made.clear()
    account.clients("s3").delete_bucket(Bucket="lake")
    account.bucket("lake")
    made = ensure_bucket(replace(SETTINGS, region=region), account.clients)
    assert made == Resource("bucket", "work", "created", "private, encrypted")
    s3 = account.clients("s3")
    assert s3.get_public_access_block(Bucket="work")["PublicAccessBlockConfiguration"] == PRIVATE
    (rule,) = s3.get_bucket_encryption(Bucket="work")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_tagging(Bucket="work")["TagSet"] == [
        {"Key": "sparkify:made-by", "Value": "sparkify-warehouse"},
        {"Key": "sparkify:warehouse", "Value": "redshift-cluster/prod"},
        {"Key": "sparkify:warehouse-id", "Value": SETTINGS.warehouse_id},
    ]
    assert s3.head_bucket(Bucket="work")["BucketRegion"] == region


def test_a_bucket_that_is_in_order_is_only_found(account: Account) -> None:
    ensure_bucket(SETTINGS, account.clients)
    assert ensure_bucket(SETTINGS, account.clients).state == "found"


def test_a_bucket_that_was_opened_is_closed_again(account: Account) -> None:
    ensure_bucket(SETTINGS, account.clients)
    s3 = account.clients("s3")
    s3.delete_public_access_block(Bucket="work")
    s3.delete_bucket_encryption(Bucket="work")
    assert ensure_bucket(SETTINGS, account.clients).state == "changed"
    assert ensure_bucket(SETTINGS, account.clients).state == "found"


def test_a_bucket_is_asked_by_tls_only_and_keeps_the_rest_of_its_policy(account: Account) -> None:
    s3 = account.clients("s3")
    ensure_bucket(SETTINGS, account.clients)
    (ours,) = json.loads(s3.get_bucket_policy(Bucket="work")["Policy"])["Statement"]
    assert (ours["Effect"], ours["Action"], ours["Condition"]) == (
        "Deny",
        "s3:*",
        {"Bool": {"aws:SecureTransport": "false"}},
    )
    assert ours["Resource"] == ["arn:aws:s3:::work", "arn:aws:s3:::work/*"]
    theirs = {**ours, "Sid": "theirs", "Action": "s3:PutObject"}
    weaker = {**ours, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    changed = json.dumps({"Version": "2012-10-17", "Statement": [weaker, theirs]})
    s3.put_bucket_policy(Bucket="work", Policy=changed)
    assert [ensure_bucket(SETTINGS, account.clients).state for _ in range(2)] == ["changed", "found"]
    assert json.loads(s3.get_bucket_policy(Bucket="work")["Policy"])["Statement"] == [theirs, ours]
    s3.put_bucket_policy(Bucket="work", Policy=json.dumps({"Version": "2012-10-17", "Statement": theirs}))
    ensure_bucket(SETTINGS, account.clients)
    assert json.loads(s3.get_bucket_policy(Bucket="work")["Policy"])["Statement"] == [theirs, ours]


def test_a_bucket_of_somebody_else_is_left_alone(account: Account) -> None:
    account.bucket("work")
    account.clients("s3").put_object(Bucket="work", Key="theirs")
    with pytest.raises(WarehouseError, match=r"bucket 'work' exists and was not made by this project.*hand it over"):
        ensure_bucket(SETTINGS, account.clients)
    assert remove_work(SETTINGS, account.clients).state == "kept"
    assert keys(account) == ["theirs"]


def test_a_bucket_of_another_warehouse_is_left_alone(account: Account) -> None:
    ensure_bucket(SETTINGS, account.clients)
    with pytest.raises(WarehouseError, match="belongs to warehouse redshift-cluster/prod"):
        ensure_bucket(OTHER, account.clients)
    assert remove_work(OTHER, account.clients).state == "kept"


def test_a_bucket_of_a_block_of_the_same_name_is_left_alone(account: Account) -> None:
    make(account)
    account.clients("s3").put_object(Bucket="work", Key=MANIFEST)
    with pytest.raises(WarehouseError, match=f"a block of this name whose warehouse_id is {SETTINGS.warehouse_id}"):
        ensure_bucket(TWIN, account.clients)
    kept = (
        "nothing deleted below s3://work/sparkify/, which has no mark of this warehouse; the bucket was not made for "
    )
    assert remove_work(TWIN, account.clients).detail == f"{kept}this warehouse"
    assert keys(account) == [MANIFEST, MARK]


def test_a_prefix_that_another_warehouse_marked_is_refused(account: Account) -> None:
    assert mark_work(IN_THE_LAKE, account.clients).state == "created"
    assert mark_work(IN_THE_LAKE, account.clients).state == "found"
    twin = replace(IN_THE_LAKE, warehouse_id=TWIN.warehouse_id)
    with pytest.raises(
        WarehouseError, match=r"another warehouse works below s3://lake/work/, whose warehouse_id is 0123"
    ):
        mark_work(twin, account.clients)
    account.clients("s3").put_object(Bucket="lake", Key=f"work/{RUN}/events.manifest")
    assert "nothing deleted below s3://lake/work/" in remove_work(twin, account.clients).detail
    assert "1 objects of runs deleted" in remove_work(IN_THE_LAKE, account.clients).detail


def test_a_bucket_that_older_code_made_is_adopted_by_provision_and_by_nothing_else(account: Account) -> None:
    s3 = account.clients("s3")
    ensure_bucket(OLDER, account.clients)
    tagged = s3.get_bucket_tagging(Bucket="work")["TagSet"]
    s3.put_bucket_tagging(Bucket="work", Tagging={"TagSet": [*tagged, {"Key": "team", "Value": "data"}]})
    s3.put_object(Bucket="work", Key=MANIFEST)
    for settings in (OLDER, SETTINGS):
        gone = remove_work(settings, account.clients)
        assert (gone.state, "run sparkify provision --warehouse redshift-cluster/prod" in gone.detail) == ("kept", True)
    assert keys(account) == [MANIFEST]
    assert [make(account), make(account)] == [["changed", "created"], ["found", "found"]]
    assert {"Key": "team", "Value": "data"} in s3.get_bucket_tagging(Bucket="work")["TagSet"]
    assert remove_work(SETTINGS, account.clients).state == "deleted"


def test_the_lakes_own_bucket_is_used_as_it_is(account: Account) -> None:
    found = Resource("bucket", "lake", "found", "the lake's own: left as it is")
    assert ensure_bucket(IN_THE_LAKE, account.clients) == found
    mark_work(IN_THE_LAKE, account.clients)
    s3 = account.clients("s3")
    for key in (f"work/{RUN}/events.manifest", "work/data-docs/index.html", "log_data/a.json"):
        s3.put_object(Bucket="lake", Key=key)
    kept = "2 objects of runs deleted below s3://lake/work/; the bucket was not made for this warehouse"
    assert remove_work(IN_THE_LAKE, account.clients) == Resource("bucket", "lake", "kept", kept)
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="lake")["Contents"]] == ["log_data/a.json"]


def test_what_lay_in_the_lakes_bucket_before_the_mark_or_below_another_mark_stays(account: Account) -> None:
    s3, docs = account.clients("s3"), "work/data-docs/theirs.html"
    put_the_day_before(account, docs)
    assert "nothing deleted below s3://lake/work/" in remove_work(IN_THE_LAKE, account.clients).detail
    mark_work(IN_THE_LAKE, account.clients)
    inside = replace(TWIN, work_prefix=f"s3://lake/work/{RUN}/")
    mark_work(inside, account.clients)
    s3.put_object(Bucket="lake", Key=f"work/{RUN}/data-docs/index.html")
    assert "0 objects of runs deleted" in remove_work(IN_THE_LAKE, account.clients).detail
    left = [found["Key"] for found in s3.list_objects_v2(Bucket="lake")["Contents"]]
    assert left == [f"work/{RUN}/data-docs/index.html", f"work/{RUN}/sparkify-warehouse-id", docs]


@pytest.mark.parametrize("bucket", ["work", "lake"])
def test_a_bucket_in_another_region_is_named(account: Account, bucket: str) -> None:
    if bucket == "lake":
        account.clients("s3").delete_bucket(Bucket="lake")
    elsewhere = Account(account.endpoint, "us-west-2")
    elsewhere.bucket(bucket)
    elsewhere.close()
    with pytest.raises(WarehouseError, match=f"bucket '{bucket}' is in us-west-2, the warehouse in eu-west-1"):
        ensure_bucket(SETTINGS, account.clients)


def test_a_lake_that_is_not_there_is_named(account: Account) -> None:
    account.clients("s3").delete_bucket(Bucket="lake")
    with pytest.raises(WarehouseError, match="there is no bucket 'lake'; correct the block's source URLs"):
        ensure_bucket(SETTINGS, account.clients)


def test_what_runs_wrote_goes_with_the_bucket(account: Account) -> None:
    make(account)
    account.clients("s3").put_object(Bucket="work", Key=MANIFEST)
    gone = Resource("bucket", "work", "deleted", "1 objects of runs deleted below s3://work/sparkify/")
    assert remove_work(SETTINGS, account.clients) == gone
    assert remove_work(SETTINGS, account.clients) == Resource("bucket", "work", "deleted", "was not there")


def test_what_somebody_else_put_there_stays_and_so_does_the_bucket(account: Account) -> None:
    make(account)
    for key in (MANIFEST, "sparkify/notes.txt", f"{RUN}/elsewhere"):
        account.clients("s3").put_object(Bucket="work", Key=key)
    assert remove_work(SETTINGS, account.clients).state == "kept"
    assert keys(account) == [f"{RUN}/elsewhere", "sparkify/notes.txt"]


def test_an_object_that_s3_does_not_delete_is_named_and_not_counted(account: Account) -> None:
    make(account)
    s3 = account.clients("s3")
    s3.put_object(Bucket="work", Key=MANIFEST)

    def refuse(**_: object) -> tuple[AWSResponse, dict[str, object]]:
        error = {"Key": MANIFEST, "Code": "AccessDenied", "Message": "Access Denied"}
        return AWSResponse("", 200, HTTPHeaders(), None), {"Errors": [error]}

    s3.meta.events.register_first("before-call.s3.DeleteObjects", refuse)
    said = (
        f"redshift-cluster/prod: 1 of 1 objects of runs could not be deleted, such as s3://work/{MANIFEST} "
        "(AccessDenied: Access Denied); see to that, and run it again"
    )
    with pytest.raises(WarehouseUnavailable) as refused:
        remove_work(SETTINGS, account.clients)
    assert str(refused.value) == said
    assert keys(account) == [MANIFEST, MARK]
