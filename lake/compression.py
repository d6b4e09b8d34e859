"""How an object is compressed: its first bytes decide, not its name. Readers decompress as they read.

JSON begins with none of these bytes. Objects are read in bounded memory, whatever they unpack to.
"""

import bz2
import io
import re
import sys
from enum import Enum
from typing import TYPE_CHECKING, BinaryIO, cast

from isal import igzip, igzip_lib

from lake.errors import StorageError
from lake.object_store import Store

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Compression(Enum):
    """How all files of a COPY are compressed: a keyword of COPY, which psycopg2 writes as it is, not as a text."""

    NONE = ""
    GZIP = "GZIP"
    BZIP2 = "BZIP2"
    ZSTD = "ZSTD"

    def __conform__(self, _protocol: object) -> "Compression":
        return self

    def getquoted(self) -> bytes:
        """Return the option of COPY."""
        return self.value.encode()


SUFFIXES = {
    ".gz": Compression.GZIP,
    ".gzip": Compression.GZIP,
    ".bz2": Compression.BZIP2,
    ".zst": Compression.ZSTD,
    ".zstd": Compression.ZSTD,
}
MAGIC_BYTES = 10
_MAGIC = {
    rb"\x1f\x8b": Compression.GZIP,
    rb"BZh[1-9]": Compression.BZIP2,
    rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18": Compression.ZSTD,  # a frame, or one to skip, which pzstd begins with
}
_FOREIGN = {
    rb"PK[\x03\x05]": "a zip archive",
    rb"7z\xbc\xaf": "a 7z archive",
    rb"\xfd7zXZ": "compressed with xz",
    rb"\x89LZO": "compressed with lzop",
    rb"\xff\x06\x00\x00sNaPpY": "compressed with snappy",
    rb"\x04\x22\x4d\x18": "compressed with lz4",
    rb"PAR1": "Parquet",
    rb"ORC": "ORC",
    rb"Obj\x01": "Avro",
}
UNREADABLE = (EOFError, OSError, cast("type[Exception]", igzip_lib.IsalError), zstd.ZstdError)
"""What the decompressors raise for content that they cannot read to its end."""


class CorruptObject(StorageError):
    """An object that begins as a compressed one does, and cannot be decompressed to its end."""


def find_compression(start: bytes) -> Compression:
    """Tell from the first MAGIC_BYTES of an object how it is compressed."""
    return next((found for magic, found in _MAGIC.items() if re.match(magic, start)), Compression.NONE)


def find_foreign_format(start: bytes) -> str | None:
    """Tell from the first MAGIC_BYTES of an object what it is instead of JSON, if that is known."""
    return next((what for magic, what in _FOREIGN.items() if re.match(magic, start)), None)


def suffix_compression(name: str) -> Compression:
    """Tell from the end of a name how the object should be compressed."""
    _, dot, suffix = name.lower().rpartition(".")
    return SUFFIXES.get(dot + suffix, Compression.NONE)


def decompress(stored: BinaryIO, compression: Compression) -> BinaryIO:
    """Return a stream of what a stream holds, itself where it is not compressed."""
    if compression is Compression.GZIP:
        return cast("BinaryIO", igzip.IGzipFile(fileobj=stored))  # type: ignore[no-untyped-call]
    if compression is Compression.BZIP2:
        return cast("BinaryIO", bz2.BZ2File(stored))
    return cast("BinaryIO", zstd.ZstdFile(stored)) if compression is Compression.ZSTD else stored


def open_content(store: Store, url: str) -> BinaryIO:
    """Open one object for reading what it holds, decompressed if it is compressed; see `content`.

    Raises:
        ObjectMissing: there is no such object.
        StorageError: the URL is malformed, or the object cannot be read.
    """
    return content(url, store.open(url))


def content(url: str, stored: BinaryIO) -> BinaryIO:
    """Return a stream of what the object of this URL holds, decompressed if it is compressed.

    Reading it raises CorruptObject where it cannot be decompressed.
    """
    compression = find_compression(cast("io.BufferedReader", stored).peek(MAGIC_BYTES)[:MAGIC_BYTES])
    if compression is Compression.NONE:
        return stored
    return io.BufferedReader(_Content(url, stored, compression), buffer_size=1 << 18)


class _Content(io.RawIOBase):
    """The decompressed content of one object, whose failures name it."""

    def __init__(self, url: str, stored: BinaryIO, compression: Compression) -> None:
        self._url = url
        self._stored = stored
        self._compression = compression
        self._content = decompress(stored, compression)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._content.read(len(view))
        except UNREADABLE as error:
            what = f"{self._url} cannot be read as {self._compression.value}: {error}"
            raise CorruptObject(f"{what}; deliver it again, nothing of it was loaded") from error
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._content.close()
        self._stored.close()
        super().close()
