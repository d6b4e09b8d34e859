"""Amazon S3, as far as the lake needs it: list keys, stream one, write one, and report plainly what went wrong.

Whose credentials and Region a client has is up to its maker. `client_from_environment` leaves AWS_ENDPOINT_URL,
AWS_REGION, profiles and roles to boto3; where no credentials are found its requests go unsigned, so that public buckets
can be read without an account. An S3 elsewhere is used by https only, unless it is on this machine.
"""

import io
import mimetypes
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.response import StreamingBody

from lake.errors import StorageError
from lake.parallel import parallel_map
from lake.stored_object import ObjectMissing, StoredObject

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

LISTING_THREADS = 8
CONNECTIONS = Config(max_pool_connections=40)
"""As many as use one client at a time: 32 threads that read, and who started them; boto3's own default is 10."""
T = TypeVar("T")
_MAKING = Lock()
FAILURES = (BotoCoreError, ClientError, HTTPClientError)
MISSING = {"NoSuchKey", "404", "NotFound"}
OTHER_REGION = {"PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
DENIED = {"AccessDenied", "403", "Forbidden", "AllAccessDisabled"}
REFUSED_CREDENTIALS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}


def list_keys(client: "S3Client", url: str) -> Iterator[StoredObject]:
    """List every key that starts with this URL's, in S3's order: that of their UTF-8 bytes.

    S3 lists 1,000 keys at a time, and the next page only after them. So what is more than that is listed folder by
    folder, several in parallel; of these, memory holds two for each thread.
    """
    bucket, prefix = _split(url)
    try:
        page = client.list_objects_v2(Bucket=bucket, Prefix=prefix)
        if not page.get("IsTruncated"):
            yield from _objects(bucket, page)
        else:
            yield from _unfold(_divide(client, bucket, prefix), partial(_list_below, client, bucket))
    except FAILURES as error:
        raise _failure("list", url, error) from error


def has_keys(client: "S3Client", url: str) -> bool:
    """Tell whether any key starts with this URL's."""
    bucket, prefix = _split(url)
    try:
        return client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)["KeyCount"] > 0
    except FAILURES as error:
        raise _failure("list", url, error) from error


def _divide(client: "S3Client", bucket: str, prefix: str) -> list[StoredObject | str]:
    """Go down from a prefix until there is a folder for every thread: return those, and the objects met on the way."""
    found: list[StoredObject | str] = [prefix]
    while 0 < sum(isinstance(part, str) for part in found) < LISTING_THREADS:
        found = list(_unfold(found, partial(_list_level, client, bucket)))
    return found


def _unfold(found: Sequence[StoredObject | str], listing: Callable[[str], Iterable[T]]) -> Iterator[StoredObject | T]:
    """Put what is listed of each folder into its place among the objects."""
    listed = parallel_map(listing, [part for part in found if isinstance(part, str)], LISTING_THREADS)
    for part in found:
        yield from next(listed) if isinstance(part, str) else (part,)


def _list_level(client: "S3Client", bucket: str, folder: str) -> list[StoredObject | str]:
    """List what is directly in a folder, in order; its own folders are prefixes."""
    found: dict[str, StoredObject | str] = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder, Delimiter="/"):
        found.update((stored.url, stored) for stored in _objects(bucket, page))
        found.update((f"s3://{bucket}/{below['Prefix']}", below["Prefix"]) for below in page.get("CommonPrefixes", []))
    return [found[url] for url in sorted(found)]


def _list_below(client: "S3Client", bucket: str, prefix: str) -> list[StoredObject]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [stored for page in pages for stored in _objects(bucket, page)]


def _objects(bucket: str, page: "ListObjectsV2OutputTypeDef") -> Iterator[StoredObject]:
    for found in page.get("Contents", []):
        etag = found["ETag"].strip('"')
        yield StoredObject(f"s3://{bucket}/{found['Key']}", etag, found["Size"], found["LastModified"])


def open_key(client: "S3Client", url: str) -> BinaryIO:
    """Open one object as a stream."""
    bucket, key = _split_key(url)
    try:
        body = client.get_object(Bucket=bucket, Key=key)["Body"]
    except FAILURES as error:
        raise _failure("read", url, error) from error
    return io.BufferedReader(_Body(url, body), buffer_size=1 << 18)


def read_start(client: "S3Client", url: str, size_bytes: int) -> bytes:
    """Return the first bytes of one object; none of an empty one, of which S3 has no range."""
    bucket, key = _split_key(url)
    try:
        body = client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{size_bytes - 1}")["Body"]
        return body.read(size_bytes)
    except FAILURES as error:
        if _code(error) in ("InvalidRange", "416"):
            return b""
        raise _failure("read", url, error) from error


def put_key(client: "S3Client", url: str, data: bytes) -> None:
    """Write one object, whole or not at all."""
    bucket, key = _split_key(url)
    try:
        kind = (
            mimetypes.guess_type(key)[0] or "application/octet-stream"
        )  # a browser shows pages that have a content type
        client.put_object(Bucket=bucket, Key=key, Body=data, ContentType=kind)
    except FAILURES as error:
        raise _failure("write", url, error) from error


def delete_key(client: "S3Client", url: str) -> None:
    """Delete one object, if it is there."""
    bucket, key = _split_key(url)
    try:
        client.delete_object(Bucket=bucket, Key=key)
    except FAILURES as error:
        raise _failure("delete", url, error) from error


class _Body(io.RawIOBase):
    """A response body as a file, whose failures name the object."""

    def __init__(self, url: str, body: StreamingBody) -> None:
        self._url = url
        self._body = body
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._body.read(len(view))
        except FAILURES as error:
            raise _failure("read", self._url, error) from error
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        self._body.close()
        super().close()


def client_from_environment() -> "S3Client":
    """Return the client that the environment describes: its credentials, its Region, its endpoint.

    Raises:
        StorageError: it describes none, such as for want of the profile that it names, or one without encryption.
    """
    settings = tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_")))
    try:
        with _MAKING:  # threads that need it at the same moment are to share one
            client = _client_for(settings)
    except BotoCoreError as error:
        raise StorageError(f"S3 cannot be used: {error}; correct this machine's AWS configuration") from error
    require_encrypted(client)
    return client


def require_encrypted(client: "S3Client") -> None:
    """Check that a client encrypts what it sends to other machines.

    Raises:
        StorageError: it would send requests to another machine without encryption.
    """
    address = urlsplit(client.meta.endpoint_url)
    if address.scheme != "https" and not _is_loopback(address.hostname or ""):
        raise StorageError(
            f"S3 at {client.meta.endpoint_url} would be used without encryption; let AWS_ENDPOINT_URL_S3 (or "
            "AWS_ENDPOINT_URL, or this machine's AWS configuration) name an address with https://, or of this machine"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@lru_cache(maxsize=4)
def _client_for(_settings: tuple[tuple[str, str], ...]) -> "S3Client":
    """Make the client for these settings; making one takes longer than using it."""
    session = boto3.Session()
    if session.get_credentials() is None:
        return session.client("s3", config=CONNECTIONS.merge(Config(signature_version=UNSIGNED)))
    return session.client("s3", config=CONNECTIONS)


def _split(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise StorageError(f"{url!r} names no bucket: write s3://bucket/key")
    return bucket, key


def _split_key(url: str) -> tuple[str, str]:
    bucket, key = _split(url)
    if not key:
        raise StorageError(f"{url!r} names a bucket, not an object: write s3://bucket/key")
    return bucket, key


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _failure(verb: str, url: str, error: Exception) -> StorageError:
    if _code(error) in MISSING:
        return ObjectMissing(f"{url} does not exist")
    return StorageError(f"cannot {verb} {url}: {_reason(verb, _split(url)[0], error)}")


def _reason(verb: str, bucket: str, error: Exception) -> str:
    code = _code(error)
    if isinstance(error, NoCredentialsError):
        return "no AWS credentials were found; put them into the block"
    if code == "NoSuchBucket":
        return f"there is no bucket {bucket!r}"
    if code in DENIED:
        right = {"list": "s3:ListBucket", "read": "s3:GetObject", "write": "s3:PutObject", "delete": "s3:DeleteObject"}[
            verb
        ]
        return f"access denied; these credentials need {right} on it"
    if code in REFUSED_CREDENTIALS:
        return f"S3 does not accept the AWS credentials ({code}); renew them"
    if code in OTHER_REGION:
        return f"bucket {bucket!r} is in another Region; set AWS_REGION, or the Region of the block, to it"
    return str(error)
