"""How objects are compressed: told by their first bytes, undone while they are read, named where they are damaged."""

import bz2
import gzip
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lake.compression import (
    Compression,
    CorruptObject,
    find_compression,
    find_foreign_format,
    open_content,
    suffix_compression,
)
from warehouse import Store, WarehouseConnection

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b'{"id":1}\n' * 1000
COMPRESS: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.GZIP: gzip.compress,
    Compression.BZIP2: bz2.compress,
    Compression.ZSTD: zstd.compress,
}
SKIPPABLE = b"\x50\x2a\x4d\x18\x04\x00\x00\x00size"


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("text", [TEXT, b""])
def test_an_object_is_read_as_what_it_holds_whatever_its_name_says(
    tmp_path: Path, compression: Compression, text: bytes
) -> None:
    packed = COMPRESS[compression](text)
    (tmp_path / "a.json").write_bytes(packed)
    assert find_compression(packed) is compression
    with open_content(Store(), f"file://{tmp_path}/a.json") as stream:
        assert stream.read() == text


def test_a_frame_to_skip_may_come_first(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(SKIPPABLE + zstd.compress(TEXT))
    with open_content(Store(), f"file://{tmp_path}/a") as stream:
        assert stream.read() == TEXT


@pytest.mark.parametrize("text", [TEXT, b"", b"\x1f", b"BZ", "\ufeff{}".encode(), b"BZhello", b"[1]", b" {}"])
def test_what_is_not_compressed_is_read_as_it_is(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.json.gz").write_bytes(text)
    with open_content(Store(), f"file://{tmp_path}/a.json.gz") as stream:
        assert stream.read() == text


@pytest.mark.parametrize("compression", COMPRESS)
def test_an_object_that_is_cut_is_named(tmp_path: Path, compression: Compression) -> None:
    (tmp_path / "a").write_bytes(COMPRESS[compression](TEXT)[:-5])
    url = f"file://{tmp_path}/a"
    with open_content(Store(), url) as stream, pytest.raises(CorruptObject) as failure:
        stream.read()
    assert str(failure.value).startswith(f"{url} cannot be read as {compression.value}: Compressed file ended before")


FOREIGN = {
    b"PK\x03\x04": "a zip archive", b"\xfd7zXZ\x00": "compressed with xz", b"PAR1": "Parquet", b"ORC": "ORC",
    b"\xff\x06\x00\x00sNaPpY": "compressed with snappy", b"\x89LZO\x00": "compressed with lzop", b"Obj\x01": "Avro",
    b"{": None, b"": None, b"\x1f\x8b": None,
}  # fmt: skip


@pytest.mark.parametrize("start", FOREIGN)
def test_formats_that_copy_is_not_given_are_known(start: bytes) -> None:
    assert find_foreign_format(start) == FOREIGN[start]


def test_a_suffix_is_read_in_any_case() -> None:
    names = ("a.json.gz", "a.JSON.GZ", "a.bz2", "a.json.zst", "a.gz.json", "gz", "a")
    assert [suffix_compression(name).value for name in names] == ["GZIP", "GZIP", "BZIP2", "ZSTD", "", "", ""]


@pytest.mark.parametrize("compression", Compression)
def test_a_compression_is_bound_as_the_keyword_that_it_is(
    connection: WarehouseConnection, compression: Compression
) -> None:
    with closing(connection.cursor()) as cursor:
        assert (
            cursor.mogrify("MANIFEST %(how)s JSON", {"how": compression})
            == f"MANIFEST {compression.value} JSON".encode()
        )
