"""The lake's objects, on S3 or in local folders, listed and read by the same rules.

A URL to list is a raw key prefix, as on S3: `file:///a/log` matches `/a/log_data/x` and `/a/log.bak`, and only a
trailing `/` narrows it. URLs are read as they are written: a `%20` in a URL is the three characters `%20`, for
`file://` as for `s3://`, so that every listed URL opens the object it was listed for.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from lake.errors import StorageError
from lake.files import FILE_SCHEME, INCOMPLETE, cannot, delete_file, has_files, list_files, open_file, write_file
from lake.stored_object import ObjectMissing, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["FILE_SCHEME", "INCOMPLETE", "S3_SCHEME", "ObjectMissing", "Store", "StoredObject", "overlap", "readers"]

S3_SCHEME = "s3://"


def _client_from_environment() -> "S3Client":
    from lake import s3  # noqa: PLC0415 - needs boto3, which local folders do not; here and below

    return s3.client_from_environment()


@dataclass(frozen=True)
class Store:
    """The objects that a warehouse can reach: on S3 with the credentials of its client, and maybe in local folders."""

    s3_client: "Callable[[], S3Client]" = _client_from_environment
    has_folders: bool = True

    def list(self, url: str) -> Iterator[StoredObject]:
        """List every object whose URL starts with this one, in the order of their URLs; none is no error.

        Raises:
            StorageError: the URL is malformed, its bucket is missing, or something under it cannot be listed.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            yield from s3.list_keys(self.s3_client(), url)
            return
        self._require_folders(url)
        yield from list_files(url)

    def has_any(self, url: str) -> bool:
        """Tell whether the URL of any object starts with this one, or a folder has this one, by one request.

        Raises:
            StorageError: as `list` does.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            return s3.has_keys(self.s3_client(), url)
        self._require_folders(url)
        return has_files(url)

    def open(self, url: str) -> BinaryIO:
        """Open one object for reading; the bytes are streamed, not held.

        Raises:
            ObjectMissing: there is no such object.
            StorageError: the URL is malformed, or the object cannot be read.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            return s3.open_key(self.s3_client(), url)
        self._require_folders(url)
        return open_file(url)

    def read(self, url: str) -> bytes:
        """Return the whole content of one small object.

        Raises:
            ObjectMissing: there is no such object.
            StorageError: the URL is malformed, or the object cannot be read.
        """
        with self.open(url) as stream:
            try:
                return stream.read()
            except OSError as error:
                raise cannot("read", url, error) from error

    def read_start(self, url: str, size_bytes: int) -> bytes:
        """Return the first bytes of one object, however large it is; no more of it is sent.

        Raises:
            ObjectMissing: there is no such object.
            StorageError: the URL is malformed, or the object cannot be read.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            return s3.read_start(self.s3_client(), url, size_bytes)
        with self.open(url) as stream:
            try:
                return stream.read(size_bytes)
            except OSError as error:
                raise cannot("read", url, error) from error

    def write(self, url: str, data: bytes) -> None:
        """Write one object; a reader sees all of it or none of it.

        Raises:
            StorageError: the URL is malformed, or the object cannot be written.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            s3.put_key(self.s3_client(), url, data)
            return
        self._require_folders(url)
        write_file(url, data)

    def delete(self, url: str) -> None:
        """Delete one object, and a folder that it leaves empty: S3 has none. That it is not there is no error.

        Raises:
            StorageError: the URL is malformed, or the object cannot be deleted.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            s3.delete_key(self.s3_client(), url)
            return
        self._require_folders(url)
        delete_file(url)

    def _require_folders(self, url: str) -> None:
        """Refuse a folder where the warehouse can reach none."""
        if url.startswith(FILE_SCHEME) and not self.has_folders:
            raise StorageError(f"{url}: Redshift reads from S3 only, not from folders; give s3://bucket/prefix")


def readers(urls: Iterable[str], most: int) -> int:
    """Tell how many threads should read these objects: those of S3 take long to answer, files are there at once."""
    return most if any(url.startswith(S3_SCHEME) for url in urls) else 1


def overlap(url: str, other: str) -> bool:
    """Tell whether two folders or prefixes are the same, or one is in the other."""
    one, another = url.rstrip("/") + "/", other.rstrip("/") + "/"
    return one.startswith(another) or another.startswith(one)
