"""The work prefix: whose it is by its mark, and what runs wrote below it.

That goes with the warehouse, provided that the mark is the warehouse's own.
"""

import re
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from lake.errors import WarehouseError, WarehouseUnavailable
from warehouse.redshift.aws_errors import code_of, explained
from warehouse.redshift.bucket import region_of, split_url, tags_of
from warehouse.redshift.compute import Clients
from warehouse.redshift.ownership import Resource, State, is_deletable, why_kept
from warehouse.redshift.settings import DATA_DOCS, MARKER, Settings

WRITTEN_BY_RUNS = re.compile(rf"([0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}/|{DATA_DOCS})")
"""Below the work prefix, runs write in a folder that is named by the run's id, and Data Docs."""
DELETED_AT_ONCE = 1000


def mark_work(settings: Settings, clients: Clients) -> Resource:
    """Write the warehouse's id below the work prefix, before anything else is written there.

    Raises:
        WarehouseError: another warehouse works there.
        WarehouseUnavailable: AWS refuses.
    """
    s3, (bucket, prefix) = clients("s3"), split_url(settings.work_prefix)
    with explained(settings.name):
        try:
            s3.put_object(Bucket=bucket, Key=f"{prefix}{MARKER}", Body=str(settings.warehouse_id), IfNoneMatch="*")
            state: State = "created"
        except ClientError as error:
            if code_of(error) != "PreconditionFailed":
                raise
            state = "found"
        owner = _marker(s3, bucket, prefix)
    if owner != settings.warehouse_id:
        raise WarehouseError(
            f"{settings.name}: another warehouse works below {settings.work_prefix}, whose warehouse_id is {owner}; "
            "give the block another work_prefix, or write that id into it if it describes the same warehouse"
        )
    return Resource("work prefix", settings.work_prefix, state, "marked with the warehouse's id")


def remove_work(settings: Settings, clients: Clients) -> Resource:
    """Delete what runs wrote below the work prefix, and then the bucket, if this project made it and nothing is left.

    Below a prefix without the warehouse's own mark nothing is deleted. The mark goes last: this may be repeated.

    Raises:
        WarehouseUnavailable: AWS refuses, or keeps an object; the message names it.
    """
    s3, (bucket, prefix) = clients("s3"), split_url(settings.work_prefix)
    with explained(settings.name):
        if not region_of(s3, bucket):
            return Resource("bucket", bucket, "deleted", "was not there")
        owner = tags_of(s3, bucket)
        is_own = is_deletable(owner, settings)
        detail = f"nothing deleted below {settings.work_prefix}, which has no mark of this warehouse"
        if settings.warehouse_id is not None and _marker(s3, bucket, prefix) == settings.warehouse_id:
            written = _written_by_runs(s3, bucket, prefix, keep_older=not is_own)
            _delete(s3, bucket, written, settings)
            s3.delete_object(Bucket=bucket, Key=f"{prefix}{MARKER}")
            detail = f"{len(written)} objects of runs deleted below {settings.work_prefix}"
        if not is_own:
            return Resource("bucket", bucket, "kept", f"{detail}; the bucket {why_kept(owner, settings)}")
        if s3.list_objects_v2(Bucket=bucket, MaxKeys=1).get("KeyCount"):
            return Resource("bucket", bucket, "kept", f"{detail}; the bucket holds objects of others")
        s3.delete_bucket(Bucket=bucket)
    return Resource("bucket", bucket, "deleted", detail)


def _delete(s3: Any, bucket: str, keys: Sequence[str], settings: Settings) -> None:
    """Delete objects; S3 grants such a request as a whole, and tells apart from that which of them it refused."""
    refused: list[dict[str, str]] = []
    for start in range(0, len(keys), DELETED_AT_ONCE):
        batch = [{"Key": key} for key in keys[start : start + DELETED_AT_ONCE]]
        refused += s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True}).get("Errors", [])
    if refused:
        first = refused[0]
        raise WarehouseUnavailable(
            f"{settings.name}: {len(refused)} of {len(keys)} objects of runs could not be deleted, such as "
            f"s3://{bucket}/{first['Key']} ({first['Code']}: {first['Message']}); see to that, and run it again"
        )


def _written_by_runs(s3: Any, bucket: str, prefix: str, *, keep_older: bool) -> list[str]:
    """List what runs wrote, but for what lay there before the mark (if that stays), and below marks of others."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = {each["Key"]: each["LastModified"] for page in pages for each in page.get("Contents", [])}
    marked_at = found[f"{prefix}{MARKER}"]
    others = tuple(key.removesuffix(MARKER) for key in found if key.endswith(f"/{MARKER}") and key != prefix + MARKER)
    return [
        key
        for key, modified_at in found.items()
        if WRITTEN_BY_RUNS.match(key.removeprefix(prefix))
        and not key.startswith(others)
        and not (keep_older and modified_at < marked_at)
    ]


def _marker(s3: Any, bucket: str, prefix: str) -> str | None:
    """Return the id of the warehouse that works below a prefix; None: nobody has marked it."""
    try:
        body: bytes = s3.get_object(Bucket=bucket, Key=f"{prefix}{MARKER}")["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    return body.decode(errors="replace")
