"""S3 serves requests to the work bucket only if it is the account's own."""

from typing import Any

import pytest

from lake.object_store import Store
from tests.warehouse.redshift.account import Account
from warehouse.redshift.clients import OwnBucket


@pytest.mark.parametrize(("bucket", "owner"), [("work", "123456789012"), ("lake", None)])
def test_every_request_to_the_work_bucket_names_its_owner(account: Account, bucket: str, owner: str | None) -> None:
    told: dict[str, object] = {}

    def listen(model: Any, params: dict[str, Any], **_: object) -> None:
        told[model.name] = params["headers"].get("x-amz-expected-bucket-owner")

    account.bucket("work")
    clients = OwnBucket(account.clients, "work")
    clients("s3").meta.events.register("before-call.s3", listen)
    store, url = Store(lambda: clients("s3"), has_folders=False), f"s3://{bucket}/a/b"
    store.write(url, b"x")
    assert store.read(url) == b"x"
    assert [found.url for found in store.list(url)] == [url]
    store.delete(url)
    clients("s3").head_bucket(Bucket=bucket)
    assert told == dict.fromkeys(("PutObject", "GetObject", "ListObjectsV2", "DeleteObject", "HeadBucket"), owner)
