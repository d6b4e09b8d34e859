"""From a COPY to its files, and from a file to the bytes of its documents.

Every object whose key starts with the prefix is a file; a manifest names its files one by one, and one it names twice
is loaded twice (Redshift guide, copy-parameters-data-source-s3). Whether a file is compressed is in the command:
neither its suffix nor its content counts.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from lake.compression import UNREADABLE, Compression, decompress
from lake.object_store import ObjectMissing, Store
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.failure import CopyFailure


@dataclass(frozen=True)
class DataFile:
    """One file to load; an optional one that is missing is skipped. The size is 0 where it is not known yet."""

    url: str
    mandatory: bool = True
    size_bytes: int = 0


def find_files(command: CopyCommand) -> tuple[DataFile, ...]:
    """List the files of a command, once and in the order in which they are loaded.

    Raises:
        CopyFailure: no object has the prefix, or the manifest is not one.
        StorageError: the lake cannot be listed, or the manifest not read.
    """
    if command.manifest:
        return _read_manifest(command.url)
    files = tuple(DataFile(found.url, size_bytes=found.size_bytes) for found in Store().list(command.url))
    if not files:
        prefix = command.url.partition("://")[2]
        prefix = prefix.partition("/")[2] if command.url.startswith("s3://") else prefix
        raise CopyFailure(
            f"The specified S3 prefix '{prefix}' does not exist",
            f"error code 8001: no object has a URL that starts with {command.url}",
        )
    return files


def _read_manifest(url: str) -> tuple[DataFile, ...]:
    try:
        content = json.loads(Store().read(url).decode("utf-8-sig"))
        entries = [(entry["url"], entry.get("mandatory", False)) for entry in content["entries"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        form = '{"entries": [{"url": "s3://…", "mandatory": true}]}'
        raise CopyFailure(f"The manifest {url} cannot be read", f"it is not JSON of the form {form}") from error
    for entry, mandatory in entries:
        if not isinstance(entry, str) or not entry.startswith(("s3://", "file://")) or entry.endswith("/"):
            raise CopyFailure(
                f"The manifest {url} needs the full path of every file",
                f"error code 8001: {entry!r} is not the URL of one object, such as s3://bucket/folder/file.json",
            )
        if not isinstance(mandatory, bool):
            raise CopyFailure(f"The manifest {url} cannot be read", f'"mandatory" of {entry} is not true or false')
    return tuple(DataFile(entry, mandatory) for entry, mandatory in entries)


def open_file(file: DataFile, command: CopyCommand) -> "FileStream | None":
    """Open a file to load; None if it is missing and optional.

    Raises:
        StorageError: the file cannot be opened.
    """
    try:
        return FileStream(file.url, Store().open(file.url), command.compression)
    except ObjectMissing:
        if file.mandatory:
            raise
        return None


class FileStream:
    """The decompressed content of one file."""

    def __init__(self, url: str, stored: BinaryIO, compression: Compression) -> None:
        self._url = url
        self._stored = stored
        self._compression = compression
        self._content = decompress(stored, compression)

    @property
    def bytes_read(self) -> int:
        """The bytes of the file itself that have been read so far."""
        return self._stored.tell()

    def blocks(self, size: int) -> Iterator[tuple[bytes, bool]]:
        """Read the content in blocks of whole lines, of about this many bytes, each with whether it is the last.

        A block ends within a line only where the line is longer than that.

        Raises:
            CopyFailure: the file cannot be read on, or is not compressed as the command says.
        """
        is_plain = self._content is self._stored and self._stored.seekable()
        try:
            yield from _blocks_of_file(self._stored, size) if is_plain else _blocks_of_stream(self._content, size)
        except UNREADABLE as error:
            what = f"as {self._compression.value}" if self._compression is not Compression.NONE else "to its end"
            raise CopyFailure(f"{self._url} cannot be read {what}: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._content.close()
        self._stored.close()


def _blocks_of_file(file: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Look for the end of a line before reading up to it, so that a block need not be copied to end there."""
    total = file.seek(0, os.SEEK_END)
    at, is_last = 0, False
    while not is_last:
        end = at + size
        if end < total:
            file.seek(end)
            end += len(file.readline(size))
        file.seek(at)
        data = file.read(min(end, total) - at)
        at += len(data)
        is_last = at == total or at < min(end, total)  # the latter where the file has become shorter
        yield data, is_last


def _blocks_of_stream(stream: "_Readable", size: int) -> Iterator[tuple[bytes, bool]]:
    rest, is_last = b"", False
    while not is_last:
        data = stream.read(size)
        while 0 < len(data) < size and (more := stream.read(size - len(data))):
            data += more
        is_last = len(data) < size
        end = len(data) if is_last else data.rfind(b"\n") + 1 or len(data)
        yield b"".join((rest, memoryview(data)[:end])), is_last
        rest = data[end:]


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...
