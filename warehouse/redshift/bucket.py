"""The work bucket: private, encrypted, in the warehouse's Region."""

import json
from typing import Any

from botocore.exceptions import ClientError

from lake.errors import WarehouseError
from warehouse.redshift.aws_errors import code_of, explained
from warehouse.redshift.compute import Clients
from warehouse.redshift.ownership import (
    Resource,
    listed,
    made,
    mapped,
    require_ours_or_older,
    tags,
)
from warehouse.redshift.settings import Settings

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
    lake = {split_url(url)[0] for url in settings.lake.values()}
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


def _require_region(s3: Any, bucket: str, settings: Settings) -> bool:
    """Tell whether a bucket exists; one that does must be in the warehouse's Region, since COPY looks nowhere else."""
    region = region_of(s3, bucket)
    if region not in (None, settings.region):
        raise WarehouseError(
            f"{settings.name}: bucket {bucket!r} is in {region}, the warehouse in {settings.region}; "
            "use a bucket in the warehouse's Region, or put the warehouse into the bucket's"
        )
    return region is not None


def region_of(s3: Any, bucket: str) -> str | None:
    """Return the Region of a bucket, which S3 tells even those without a right to it; None: there is none."""
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
    found = tags_of(s3, bucket)
    older = require_ours_or_older("bucket", bucket, found, settings)
    if older:
        kept = {key: value for key, value in found.items() if not key.startswith("aws:")}  # AWS's own stay anyway
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": listed({**kept, **tags(settings)})})
    return older


def tags_of(s3: Any, bucket: str) -> dict[str, str]:
    """Return the tags of a bucket."""
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
