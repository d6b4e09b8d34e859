"""Objects in local folders, read by the rules of S3.

Refused, because S3 has no such thing: a link that leaves the listed folder, a device or a pipe, a name that is not
UTF-8, and a path with `.`, `..` or an empty part, which would give one file two URLs.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from lake.errors import StorageError
from lake.folders import make_private, why
from lake.stored_object import ObjectMissing, StoredObject

FILE_SCHEME = "file://"
INCOMPLETE = ".incomplete"
"""How the name of a file ends that is being written, or whose writer was killed: as on S3, it is no object yet."""


def list_files(url: str) -> Iterator[StoredObject]:
    """List every file whose URL starts with this one, in the order of their URLs; none is no error.

    Raises:
        StorageError: the URL is malformed, or something under it cannot be listed.
    """
    folder, _, start = _path(url).rpartition("/")
    root = _resolve(folder or "/")
    yield from _walk(folder, start, (root,))


def has_files(url: str) -> bool:
    """Tell whether the URL of any file starts with this one; one that ends with a slash may be an empty folder's.

    Raises:
        StorageError: as `list_files` does.
    """
    return (url.endswith("/") and Path(_path(url)).is_dir()) or next(list_files(url), None) is not None


def open_file(url: str) -> BinaryIO:
    """Open one file for reading.

    Raises:
        ObjectMissing: there is no such file.
        StorageError: the URL is malformed, or the file cannot be read.
    """
    path = _path(url)
    try:
        _require_regular(path, os.stat(path).st_mode)  # noqa: PTH116 - a Path takes longer to make than the call
        return open(path, "rb")  # noqa: PTH123 - as above
    except OSError as error:
        raise cannot("read", path, error) from error


def write_file(url: str, data: bytes) -> None:
    """Write one file; a reader sees all of it or none of it.

    Raises:
        StorageError: the URL is malformed, or the file cannot be written.
    """
    path = Path(_path(url))
    try:
        make_private(path.parent)
        _write_whole(path, data)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {why(path.parent, error)}") from error


def delete_file(url: str) -> None:
    """Delete one file, and a folder that it leaves empty. That it is not there is no error.

    Raises:
        StorageError: the URL is malformed, or the file cannot be deleted.
    """
    path = Path(_path(url))
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise cannot("delete", str(path), error) from error
    with suppress(OSError):
        path.parent.rmdir()


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
        raise cannot("list", folder or "/", error) from error
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
        raise cannot("list", path, error) from error
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


def cannot(verb: str, path: str, error: OSError) -> StorageError:
    """Return what to raise where a file cannot be read, listed or deleted."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        hint = "; a % in a URL stands for itself" if "%" in path else ""
        return ObjectMissing(f"{path} does not exist{hint}")
    return StorageError(f"cannot {verb} {path}: {error.strerror or error}")
