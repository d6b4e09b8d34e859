"""COPY on files that were made to break it: it loads or rejects every row, says why, and neither hangs nor swells."""

import bz2
import gzip
import json
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import WarehouseConnection

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKED: dict[str, tuple[Callable[..., Any], Callable[[bytes], bytes]]] = {
    "GZIP": (partial(gzip.open, compresslevel=1), gzip.compress),
    "BZIP2": (bz2.open, bz2.compress),
    "ZSTD": (zstd.open, zstd.compress),
}
"""Of each compression, what opens a file to write, and what compresses bytes."""
Load = Callable[..., tuple[int, int, int]]
MEGABYTE = 1 << 20
GOOD = b'{"id":7,"name":"good"}\n'

SHARDS = [
    b'{"id":1}', b'{"id":"x"}', b'{"id":1,"id":2}', b'{"name":"\\ud800"}', b'{"name":"\\u0000"}', b'{"id":1e999}',
    b'{"id":' + b"9" * 400 + b"}", b'{"id":-0.0}', b'{"name":"' + b"x" * 300 + b'"}', b'{"name":null}', b"{}",
    b"[1]", b"[", b"{", b"}", b"]", b'"', b"\\", b":", b",", b"\0", b"\xff", b"\xef\xbb\xbf", b"\n", b"\r\n", b" ",
    b"nan", b"{'id':1}", b'{"id":{"a":[1,{}]}}', '{"name":"\N{SNOWMAN}\N{GRINNING FACE}"}'.encode(), b"\\N", b"\\.\n",
]  # fmt: skip
FRAGMENTS = st.one_of(st.binary(max_size=12), st.sampled_from(SHARDS))


def _is_closed(line: bytes) -> bool:
    """Tell whether a line is JSON that ends with it, or holds nothing that may open a document."""
    try:
        json.loads(line)
    except ValueError:
        return not set(line) & set(b'{["')
    return True


@pytest.fixture
def copy(connection: WarehouseConnection, tmp_path: Path) -> Load:
    """Load bytes into a new table; returns rows in the table, rows rejected, and rows scanned by the load history."""

    def load(content: bytes | Path, options: str = "IGNOREALLERRORS") -> tuple[int, int, int]:
        path = content if isinstance(content, Path) else tmp_path / "data.json"
        if isinstance(content, bytes):
            path.write_bytes(content)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS t; CREATE TABLE t (id BIGINT, name VARCHAR(10))")
            cursor.execute(f"COPY t FROM 'file://{path}' IAM_ROLE default JSON 'auto' {options}")
            cursor.execute("""
                SELECT
                    (SELECT COUNT(*) FROM t),
                    (SELECT COUNT(*) FROM stl_load_errors WHERE query = PG_LAST_COPY_ID()),
                    (SELECT SUM(lines_scanned) FROM stl_load_commits WHERE query = PG_LAST_COPY_ID())
            """)
            ((loaded, rejected, scanned),) = cursor.fetchall()
        connection.commit()
        return int(loaded), int(rejected), int(scanned)

    return load


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fragments=st.lists(FRAGMENTS, max_size=12))
def test_whatever_a_file_holds_every_row_is_loaded_or_rejected(copy: Load, fragments: list[bytes]) -> None:
    loaded, rejected, scanned = copy(b"".join(fragments))
    assert loaded + rejected == scanned


@pytest.mark.slow
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(FRAGMENTS.filter(_is_closed), max_size=12))
def test_no_line_takes_a_good_one_with_it(copy: Load, lines: list[bytes]) -> None:
    plain = copy(b"".join(line + b"\n" for line in lines))
    mixed = copy(b"".join(line + b"\n" + GOOD for line in lines))
    assert mixed == (plain[0] + len(lines), plain[1], plain[2] + len(lines))


BOMBS = {
    "a text without end": [b'{"id":1,"name":"', *[b"x" * MEGABYTE] * 200, b'"}\n'],
    "a number without end": [b'{"id":', *[b"9" * MEGABYTE] * 50, b"}\n"],
    "nothing but blanks": [b" " * MEGABYTE] * 200,
    "nothing but empty lines": [b"\n" * MEGABYTE] * 5,
    "words": [*[b"x" * MEGABYTE] * 100, b"\n"],
    "arrays that only open": [b"[" * MEGABYTE] * 50 + [b"\n"],
    "objects that only open": [b'{"a":' * (MEGABYTE // 5)] * 50 + [b"\n"],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("compression", "bomb"),
    [
        ("GZIP", "a text without end"),
        ("BZIP2", "words"),
        ("ZSTD", "nothing but blanks"),
        *(pytest.param("GZIP", bomb, marks=pytest.mark.long) for bomb in BOMBS if bomb != "a text without end"),
    ],
)
def test_a_small_file_that_unpacks_to_a_huge_one_takes_little_memory(
    copy: Load, tmp_path: Path, compression: str, bomb: str
) -> None:
    path = tmp_path / "bomb"
    open_packed, _ = PACKED[compression]
    with open_packed(path, "wb") as packed:
        packed.writelines([*BOMBS[bomb], GOOD])
    tracemalloc.start()
    try:
        loaded, rejected, scanned = copy(path, f"IGNOREALLERRORS {compression}")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (loaded, loaded + rejected) == (1, scanned)
    assert peak_bytes < 100 * MEGABYTE


@pytest.mark.parametrize("depth", [100, 10_000, 1_000_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_a_row_error_or_a_value_that_is_too_long(
    copy: Load, depth: int, opening: bytes, closing: bytes
) -> None:
    nested = opening * depth + b"1" + closing * depth
    assert copy(b'{"id":1,"name":' + nested + b"}\n" + GOOD) == (1, 1, 2)


@pytest.mark.parametrize("size_bytes", [4 * MEGABYTE - 100, 4 * MEGABYTE, 5 * MEGABYTE])
def test_a_row_of_four_megabytes_is_judged_like_any_other(copy: Load, size_bytes: int) -> None:
    filler = b"x" * (size_bytes - len(b'{"id":1,"zz":""}'))
    row = b'{"id":1,"zz":"' + filler + b'"}\n'
    fits = size_bytes <= 4 * MEGABYTE
    assert copy(row + GOOD) == (1 + fits, 1 - fits, 2)


@pytest.mark.parametrize("compression", PACKED)
def test_a_file_of_several_members_is_read_to_its_end(copy: Load, compression: str) -> None:
    _, compress = PACKED[compression]
    assert copy(compress(GOOD + GOOD[:9]) + compress(b"") + compress(GOOD[9:]), compression) == (2, 0, 2)


@pytest.mark.parametrize("compression", PACKED)
def test_what_is_not_a_packed_file_is_an_error_that_names_it(
    copy: Load, connection: WarehouseConnection, tmp_path: Path, compression: str
) -> None:
    _, compress = PACKED[compression]
    for content in (compress(GOOD)[:2], compress(GOOD * 1000)[:-9], compress(GOOD) + compress(GOOD)[:-1], GOOD):
        with pytest.raises(psycopg2.Error, match=f"file://{tmp_path}/data.json cannot be read as {compression}"):
            copy(content, compression)
        connection.rollback()


def test_nothing_at_all_is_a_packed_file_without_rows(copy: Load) -> None:
    assert copy(b"", "GZIP") == (0, 0, 0)
