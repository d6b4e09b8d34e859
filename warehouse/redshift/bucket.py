"""The work bucket: private, encrypted, in the warehouse's Region, and the mark of who works below the work prefix.

What runs wrote below the prefix goes with the warehouse, provided that the mark is the warehouse's own.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from lake.errors import WarehouseError, WarehouseUnavailable
from warehouse.redshift.aws_errors import code_of, explained
from warehouse.redshift.compute import Clients
from warehouse.redshift.ownership import (
    Resource,
    State,
    is_deletable,
    listed,
    made,
    mapped,
    require_ours_or_older,
    tags,
    why_kept,
)
from warehouse.redshift.settings import DATA_DOCS, MARKER, Settings

PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
ENCRYPTED_REQUESTS = {
    "Sid": "SparkifyOnlyByTls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
WRITTEN_BY_RUNS = re.compile(rf"([0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}/|{DATA_DOCS})")
"""Below the work prefix, runs write in a folder that is named by the run's id, and Data Docs."""
DELETED_AT_ONCE = 1000


def split_url(url: str) -> tuple[str, str]:
    """Return the bucket and the key of an s3:// URL."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def ensure_bucket(settings: Settings, clients: Clients) -> Resource:
    """Make the work bucket, or put the one that this project made right; a bucket of the lake stays as it is.

    Raises:
        WarehouseError: the bucket is somebody else's, or a bucket of the warehouse is in another Region.
        WarehouseUnavailable: AWS refuses.
    """
    s3, bucket = clients("s3"), split_url(settings.work_prefix)[0]
    lake = {split_url(settings.events_url)[0], split_url(settings.songs_url)[0]}
    with explained(settings.name):
        for name in sorted(lake):
            if not _require_region(s3, name, settings):
                raise WarehouseError(f"{settings.name}: there is no bucket {name!r}; correct the block's source URLs")
        exists = _require_region(s3, bucket, settings)
        if bucket in lake:
            return Resource("bucket", bucket, "found", "the lake's own: left as it is")
        adopts = False
        if not exists:
            _create(s3, bucket, settings)
        else:
            adopts = _adopt(s3, bucket, settings)
        changed = _make_private(s3, bucket) or adopts
    return Resource("bucket", bucket, made(created=not exists, changed=changed), "private, encrypted")


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
        if not _region(s3, bucket):
            return Resource("bucket", bucket, "deleted", "was not there")
        owner = _tags(s3, bucket)
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
    """Delete objects; S3 grants such a request as a whole, and returns which of them it refused."""
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


def _require_region(s3: Any, bucket: str, settings: Settings) -> bool:
    """Tell whether a bucket exists; one that does must be in the warehouse's Region, since COPY looks nowhere else."""
    region = _region(s3, bucket)
    if region not in (None, settings.region):
        raise WarehouseError(
            f"{settings.name}: bucket {bucket!r} is in {region}, the warehouse in {settings.region}; "
            "use a bucket in the warehouse's Region, or put the warehouse into the bucket's"
        )
    return region is not None


def _region(s3: Any, bucket: str) -> str | None:
    """Return the Region of a bucket, which S3 returns even to those without a right to it; None: there is none."""
    try:
        return str(s3.head_bucket(Bucket=bucket)["BucketRegion"])
    except ClientError as error:
        if code_of(error) in ("404", "NoSuchBucket"):
            return None
        region = error.response["ResponseMetadata"].get("HTTPHeaders", {}).get("x-amz-bucket-region")
        if region is None:
            raise
        return str(region)


def _create(s3: Any, bucket: str, settings: Settings) -> None:
    """Make the bucket with its tags, so that no crash leaves one behind that is nobody's."""
    ours = listed(tags(settings))
    # us-east-1 is S3's default Region, and the only one which it does not accept by name.
    place = {} if settings.region == "us-east-1" else {"LocationConstraint": settings.region}
    try:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={**place, "Tags": ours})
    except (s3.exceptions.BucketAlreadyExists, s3.exceptions.BucketAlreadyOwnedByYou) as error:
        raise WarehouseError(
            f"{settings.name}: bucket {bucket!r} is somebody else's already; choose another work_prefix"
        ) from error
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": ours})  # an S3 of another make ignores the tags above


def _adopt(s3: Any, bucket: str, settings: Settings) -> bool:
    """Check whose the bucket is; one that older code made gets the tags that it lacks, and keeps its others."""
    found = _tags(s3, bucket)
    older = require_ours_or_older("bucket", bucket, found, settings)
    if older:
        kept = {key: value for key, value in found.items() if not key.startswith("aws:")}  # AWS's own stay anyway
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": listed({**kept, **tags(settings)})})
    return older


def _tags(s3: Any, bucket: str) -> dict[str, str]:
    try:
        return mapped(s3.get_bucket_tagging(Bucket=bucket)["TagSet"])
    except ClientError as error:
        if code_of(error) == "NoSuchTagSet":
            return {}
        raise


def _make_private(s3: Any, bucket: str) -> bool:
    """Block public access, encrypt by default, and refuse requests without TLS; return whether any had to be done."""
    private = _configured(s3.get_public_access_block, bucket, "PublicAccessBlockConfiguration") == PRIVATE
    if not private:
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=PRIVATE)
    encrypted = _configured(s3.get_bucket_encryption, bucket, "ServerSideEncryptionConfiguration") is not None
    if not encrypted:
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=ENCRYPTED)
    return _refuse_plain_http(s3, bucket) or not (private and encrypted)


def _refuse_plain_http(s3: Any, bucket: str) -> bool:
    """Refuse requests to the bucket without TLS, and keep the rest of its policy; return whether it was changed."""
    text = _configured(s3.get_bucket_policy, bucket, "Policy")
    found = json.loads(str(text))["Statement"] if text else []
    others = found if isinstance(found, list) else [found]
    arn = f"arn:{s3.meta.partition}:s3:::{bucket}"
    wanted = {**ENCRYPTED_REQUESTS, "Resource": [arn, f"{arn}/*"]}
    if wanted in others:
        return False
    kept = [each for each in others if each.get("Sid") != wanted["Sid"]]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [*kept, wanted]}))
    return True


def _configured(get: Any, bucket: str, part: str) -> object:
    try:
        return get(Bucket=bucket)[part]
    except ClientError as error:
        if code_of(error).endswith(("NotFoundError", "NoSuchPublicAccessBlockConfiguration", "NoSuchBucketPolicy")):
            return None
        raise
