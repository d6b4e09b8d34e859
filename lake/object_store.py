"""The lake's objects, on S3 or in local folders, listed and read by the same rules.

A URL to list is a raw key prefix, as on S3: `file:///a/log` matches `/a/log_data/x` and `/a/log.bak`, and only a
trailing `/` narrows it. URLs are read as they are written: a `%20` in a URL is the three characters `%20`, for
`file://` as for `s3://`, so that every listed URL opens the object it was listed for.

Refused, because S3 has no such thing: a link that leaves the listed folder, a device or a pipe, a name that is not
UTF-8, and a path with `.`, `..` or an empty part, which would give one file two URLs.
"""

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lake.errors import StorageError
from lake.folders import make_private, why
from lake.stored_object import ObjectMissing, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["ObjectMissing", "Store", "StoredObject"]

FILE_SCHEME = "file://"
S3_SCHEME = "s3://"
INCOMPLETE = ".incomplete"
"""How the name of a file ends that is being written, or whose writer was killed: as on S3, it is no object yet."""


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
        folder, _, start = self._path(url).rpartition("/")
        root = _resolve(folder or "/")
        yield from _walk(folder, start, (root,))

    def open(self, url: str) -> BinaryIO:
        """Open one object for reading; the bytes are streamed, not held.

        Raises:
            ObjectMissing: there is no such object.
            StorageError: the URL is malformed, or the object cannot be read.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            return s3.open_key(self.s3_client(), url)
        path = self._path(url)
        try:
            _require_regular(path, os.stat(path).st_mode)  # noqa: PTH116 - a Path takes longer to make than the call
            return open(path, "rb")  # noqa: PTH123 - as above
        except OSError as error:
            raise _cannot("read", path, error) from error

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
                raise _cannot("read", url, error) from error

    def write(self, url: str, data: bytes) -> None:
        """Write one object; a reader sees all of it or none of it.

        Raises:
            StorageError: the URL is malformed, or the object cannot be written.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            s3.put_key(self.s3_client(), url, data)
            return
        path = Path(self._path(url))
        try:
            make_private(path.parent)
            _write_whole(path, data)
        except OSError as error:
            raise StorageError(f"cannot write {path}: {why(path.parent, error)}") from error

    def delete(self, url: str) -> None:
        """Delete one object, and a folder that it leaves empty: S3 has none. That it is not there is no error.

        Raises:
            StorageError: the URL is malformed, or the object cannot be deleted.
        """
        if url.startswith(S3_SCHEME):
            from lake import s3  # noqa: PLC0415

            s3.delete_key(self.s3_client(), url)
            return
        path = Path(self._path(url))
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot("delete", str(path), error) from error
        with suppress(OSError):
            path.parent.rmdir()

    def _path(self, url: str) -> str:
        """Return the absolute path that a file URL names."""
        if url.startswith(FILE_SCHEME) and not self.has_folders:
            raise StorageError(f"{url}: Redshift reads from S3 only, not from folders; give s3://bucket/prefix")
        return _path(url)


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file under a name that no listing shows, and give it its own name when it is complete."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=INCOMPLETE, delete=False) as file:
        try:
            file.write(data)
            file.flush()
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def readers(urls: Iterable[str], most: int) -> int:
    """Tell how many threads should read these objects: those of S3 take long to answer, files are there at once."""
    return most if any(url.startswith(S3_SCHEME) for url in urls) else 1


def overlap(url: str, other: str) -> bool:
    """Tell whether two folders or prefixes are the same, or one lies in the other."""
    one, another = url.rstrip("/") + "/", other.rstrip("/") + "/"
    return one.startswith(another) or another.startswith(one)


def _path(url: str) -> str:
    """Return the absolute path that a file URL names."""
    if not url.startswith(FILE_SCHEME):
        raise StorageError(f"{url!r} is not a lake URL: write s3://bucket/key or file:///absolute/path")
    path = url.removeprefix(FILE_SCHEME)
    if not path.startswith("/"):
        raise StorageError(f"{url!r} names no absolute path: write file:///absolute/path, with three slashes")
    parts = path[1:].split("/")
    if "\0" in path or not {".", ".."}.isdisjoint(parts) or "" in parts[:-1]:
        raise StorageError(f"{url!r} is not a plain path: write it without '//', '.' and '..'")
    return path


def _walk(folder: str, start: str, ancestors: tuple[str, ...]) -> Iterator[StoredObject]:
    """List the files of a folder whose names begin with `start`, and everything in such folders.

    `ancestors` are the resolved folders from the listed one down to this one. Of a file that is no link, the folder and
    one call of stat are read, and nothing else: a lake has many.
    """
    try:
        with os.scandir(folder or "/") as entries:
            found = [e for e in entries if e.name.startswith(start) and not _is_incomplete(e.name)]
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _cannot("list", folder or "/", error) from error
    targets = {entry.name: _follow(entry.path, ancestors) for entry in found if entry.is_symlink()}
    # A folder's own name sorts as the prefix of its content: with the slash.
    for name, entry in sorted(((entry.name + "/" * entry.is_dir(), entry) for entry in found), key=itemgetter(0)):
        path = f"{folder}/{entry.name}"
        if name.endswith("/"):
            target = targets.get(entry.name, f"{ancestors[-1].rstrip('/')}/{entry.name}")
            yield from _walk(path, "", (*ancestors, target))
        else:
            yield from _file(path, entry)


def _is_incomplete(name: str) -> bool:
    return name.startswith(".") and name.endswith(INCOMPLETE)


def _file(path: str, entry: os.DirEntry[str]) -> Iterator[StoredObject]:
    try:
        found = entry.stat()
    except FileNotFoundError:
        return  # deleted while the folder was read: S3 would not list it either
    except OSError as error:
        raise _cannot("list", path, error) from error
    _require_regular(path, found.st_mode)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise StorageError(f"{path!r} has a name that is not UTF-8: rename it") from error
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    etag = f"{found.st_mtime_ns:x}-{found.st_size:x}"
    yield StoredObject(FILE_SCHEME + path, etag, found.st_size, modified)


def _follow(path: str, ancestors: tuple[str, ...]) -> str:
    """Resolve a link; refuse one that leads out of the listed folder, back to a folder above itself, or nowhere."""
    root, target = ancestors[0], _resolve(path)
    if not Path(target).is_relative_to(root):
        raise StorageError(f"{path} is a link to {target}, outside {root}: put the data itself into the lake")
    if target in ancestors:
        raise StorageError(f"{path} is a link to {target}, a folder above it: remove the link")
    if not Path(target).exists():
        raise StorageError(f"{path} is a link to {target}, which does not exist: remove the link")
    return target


def _resolve(path: str) -> str:
    try:
        return str(Path(path).resolve())
    except (OSError, RuntimeError) as error:
        raise StorageError(f"{path} cannot be resolved: it is a link that leads to itself") from error


def _require_regular(path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise StorageError(f"{path} is a folder, not a file: name a file, or end the prefix with /")
    if not stat.S_ISREG(mode):
        raise StorageError(f"{path} is neither a file nor a folder: remove it from the lake")


def _cannot(verb: str, path: str, error: OSError) -> StorageError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        hint = "; a % in a URL stands for itself" if "%" in path else ""
        return ObjectMissing(f"{path} does not exist{hint}")
    return StorageError(f"cannot {verb} {path}: {error.strerror or error}")
