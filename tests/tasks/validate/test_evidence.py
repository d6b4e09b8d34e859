"""Evidence of bad rows: read line by line, with no more of a long line kept than `quarantine` holds."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from expectations.running.results import Violation
from tasks.stage.load_errors import LoadError
from tasks.validate.bad_rows import BadRow, Fault, evidence, refused
from tasks.validate.evidence import RAW_BYTES, StagedRows, read_lines
from tasks.validate.quarantine import RAW_BYTES_IN_ALL, SHORT_RAW_BYTES, bounded
from warehouse import Store

MEGABYTE = 1 << 20
LINES = 40
INTEGER = 23
VIOLATION = Violation("staging_events", "no_gold", "userid", "critical", "no user is gold", "is gold", condition="TRUE")


@pytest.fixture
def long_lines(tmp_path: Path) -> str:
    """The URL of a file whose lines have 1 MB each, which no column takes."""
    file = tmp_path / "long.json"
    with file.open("w") as lines:
        lines.writelines(f'{{"userid":{number},"more":"{"x" * MEGABYTE}"}}\n' for number in range(1, LINES + 1))
    return f"file://{file}"


def refused_lines(url: str) -> list[Fault]:
    return refused("events", [LoadError(url, line, "userid", "", "", None, 1, "") for line in range(1, LINES + 1)])


def broken_rows(url: str) -> list[Fault]:
    rows = StagedRows((("userid", INTEGER),), [(number,) for number in range(1, LINES + 1)])
    return [Fault("events", LINES, (), VIOLATION, tuple(Store().list(url)), rows)]


@pytest.mark.parametrize("faults", [refused_lines, broken_rows])
def test_long_lines_take_no_more_memory_than_what_is_kept_of_them(
    long_lines: str, faults: Callable[[str], list[Fault]]
) -> None:
    found = faults(long_lines)
    tracemalloc.start()
    try:
        rows = list(evidence(Store(), found))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [row.line_number for row in rows] == list(range(1, LINES + 1))
    assert {len(row.raw) for row in rows} == {RAW_BYTES}
    assert peak_bytes < LINES * MEGABYTE // 2


def test_lines_are_read_in_the_order_of_the_file_and_those_with_several_documents_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"a":1}\n{"A":2} {"A":3}\nno json\n{"a":4}\n{"a":')
    lines = read_lines(Store(), f"file://{file}", {4, 2, 3, 9})
    assert [(line.number, line.raw, line.value("a")) for line in lines] == [
        (2, '{"A":2} {"A":3}', "3"),
        (3, "no json", ""),
        (4, '{"a":4}', "4"),
    ]


def test_a_load_error_of_a_line_that_is_not_in_the_file_has_no_text(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"a":1}\n')
    faults = refused("events", [LoadError(f"file://{file}", line, "a", "", "", None, 1, "odd") for line in (1, 2)])
    assert [(row.line_number, row.raw) for row in evidence(Store(), faults)] == [(1, '{"a":1}'), (2, "")]


def test_of_many_long_lines_only_the_first_are_kept_at_full_length() -> None:
    at_full_length = -(-RAW_BYTES_IN_ALL // RAW_BYTES)
    long = BadRow("events", "s3://lake/a", 1, None, "1", "odd", "x" * MEGABYTE)
    sizes = [len(row.raw) for row in bounded([long] * (at_full_length + 2))]
    assert sizes == [RAW_BYTES] * at_full_length + [SHORT_RAW_BYTES] * 2
