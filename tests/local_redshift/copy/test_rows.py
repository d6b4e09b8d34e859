"""From the bytes of a file to rows: documents, paths, and every conversion as a table of facts."""

import gzip
import io
import json
from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.documents import MAX_DOCUMENT_BYTES, Document, read_documents
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.columns import TargetColumn
from local_redshift.copy.convert.paths import Path, read_paths
from local_redshift.copy.convert.rows import RowConverter, RowError
from local_redshift.copy.failure import CopyFailure

ID = TargetColumn("id", "int4")
NAME = TargetColumn("name", "varchar", 10)


def documents(text: str | bytes, skip_lines: int = 0) -> list[object]:
    """Each document as (line, value), each other text as (line, raw, explanation)."""
    data = text if isinstance(text, bytes) else text.encode()
    return [
        (found.line_number, found.value) if isinstance(found, Document) else tuple(found)
        for found in read_documents(io.BytesIO(data), skip_lines)
    ]


def rows(
    text: str | bytes, *columns: TargetColumn, paths: tuple[Path, ...] | None = None, **options: object
) -> list[str | tuple[int, str, str]]:
    """Each row as CSV, each error as (code, reason, message)."""
    data = text if isinstance(text, bytes) else text.encode()
    converter = RowConverter(columns, CopyCommand("t", "u", **options), paths)  # type: ignore[arg-type]
    return [
        (row.code, row.reason, row.message("f")) if isinstance(row, RowError) else row
        for row in converter.rows(io.BytesIO(data))
    ]


def field(column: TargetColumn, value: str, **options: object) -> str | tuple[int, str]:
    """What one JSON value becomes in one column: its CSV field, or the code and reason of its error."""
    (row,) = rows(f'{{"c":{value}}}', column, paths=(("c",),), **options)
    return row if isinstance(row, str) else row[:2]


NOT_JSON = "is not a JSON object or array"
DOCUMENTS: dict[str, list[object]] = {
    "": [],
    "\ufeff": [],
    " \r\n\t\n": [],
    '\ufeff{"a":1}': [(1, {"a": "1"})],
    '{"a":1}{\n"a":2}': [(1, {"a": "1"}), (2, {"a": "2"})],
    '{"a":1}\r\n\r\n{"a":2}\r\n': [(1, {"a": "1"}), (3, {"a": "2"})],
    '{\n  "a": {\n    "b": [1, 2]\n  }\n}\n[3]': [(5, {"a": {"b": ["1", "2"]}}), (6, ["3"])],
    '{"a":1,"b":2,"a":3}': [(1, {"a": "3", "b": "2"})],
    '{"a":1.50,"b":-0e+5,"c":12345678901234567890.0}': [
        (1, {"a": "1.50", "b": "-0e+5", "c": "12345678901234567890.0"})
    ],
    r'{"a":"\ud83c\udfb5\u00e9\n\"\\\/"}': [(1, {"a": '🎵é\n"\\/'})],
    '{"a":1},{"a":2}': [(1, {"a": "1"}), (1, ",", NOT_JSON), (1, {"a": "2"})],
    'x y {"a":1} z\nw\n': [(1, "x y", NOT_JSON), (1, {"a": "1"}), (1, "z", NOT_JSON), (2, "w", NOT_JSON)],
    '{"a":1,"b\n{"a":2}\n': [
        (1, '{"a":1,"b', "is not JSON: Invalid control character at character 10 of the line"),
        (2, {"a": "2"}),
    ],
    '{"a":1,\n\n{"a":2}\n': [
        (1, '{"a":1,', "is not JSON: Expecting property name enclosed in double quotes at character 1 of the line"),
        (3, {"a": "2"}),
    ],
    '{broken\nnot JSON\n{"a":1}\n': [
        (1, "{broken", "is not JSON: Expecting property name enclosed in double quotes at character 2 of the line"),
        (2, "not JSON", NOT_JSON),
        (3, {"a": "1"}),
    ],
    '{"a":tru}{"a":"}"}': [
        (1, '{"a":tru}', "is not JSON: Expecting value at character 6 of the line"),
        (1, {"a": "}"}),
    ],
    '{\n  "a": 1\n  "b": {\n  }\n}\n{"a":2}': [
        (5, '{\n  "a": 1\n  "b": {\n  }\n}', "is not JSON: Expecting ',' delimiter at character 3 of the line"),
        (6, {"a": "2"}),
    ],
    '{\n"a":1\n"b":2\n{"a":2}': [
        (3, '{\n"a":1\n"b":2', "is not JSON: Expecting ',' delimiter at character 1 of the line"),
        (4, {"a": "2"}),
    ],
    '{"a":1': [(1, '{"a":1', "is not JSON: Expecting ',' delimiter at character 7 of the line")],
    '{"a":\n1\n\n': [(2, '{"a":\n1', "is not JSON: Expecting ',' delimiter at character 1 of the line")],
    '{"a":NaN}{"a":[Infinity]}{"a":-0}': [
        (1, '{"a":NaN}', "is not JSON: NaN is no value"),
        (1, '{"a":[Infinity]}', "is not JSON: Infinity is no value"),
        (1, {"a": "-0"}),
    ],
    '{"a":NaN\n{"a":1}': [
        (1, '{"a":NaN', "is not JSON: Expecting ',' delimiter at character 1 of the line"),
        (2, {"a": "1"}),
    ],
    '{"a":01}{"a":1}': [
        (1, '{"a":01}', "is not JSON: Expecting ',' delimiter at character 7 of the line"),
        (1, {"a": "1"}),
    ],
    "[" * 100_000 + "\n[1]": [(1, "[" * 1024, "is nested too deeply"), (2, ["1"])],
}


@pytest.mark.parametrize("text", DOCUMENTS, ids=lambda text: ascii(text)[:60])
def test_documents(text: str) -> None:
    assert documents(text) == DOCUMENTS[text]


def test_bytes_that_are_not_utf8_survive_up_to_their_column() -> None:
    assert documents(b'{"a":"\xff\xc3\xa9"}\n') == [(1, {"a": "\udcffé"})]
    assert documents(b'{"a":1}\xc3') == [(1, {"a": "1"}), (1, "\udcc3", NOT_JSON)]


def test_header_lines_are_skipped_whatever_they_hold() -> None:
    assert documents('{"a":1}\n{"a":\n{"a":3}', skip_lines=2) == [(3, {"a": "3"})]
    assert documents('{"a":1}', skip_lines=2) == []


@pytest.mark.parametrize("chunk_bytes", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("text", [t for t in DOCUMENTS if len(t) < 1000], ids=lambda text: ascii(text)[:60])
def test_documents_are_the_same_however_the_file_is_cut(text: str, chunk_bytes: int) -> None:
    class Trickle(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            return super().read(chunk_bytes)

    found = [
        (found.line_number, found.value) if isinstance(found, Document) else tuple(found)
        for found in read_documents(Trickle(text.encode()))
    ]
    assert found == DOCUMENTS[text]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=3),
            st.recursive(
                st.none() | st.booleans() | st.text(),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                max_leaves=5,
            ),
        ),
        max_size=5,
    ),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.sampled_from(["", "\n", " \r\n"]),
)
def test_whatever_json_writes_is_read_back(
    values: list[object], indent: int | None, ascii_only: bool, between: str
) -> None:
    text = between.join(json.dumps(value, indent=indent, ensure_ascii=ascii_only) for value in values)
    found = [document.value for document in read_documents(io.BytesIO(text.encode())) if isinstance(document, Document)]
    assert found == values


@pytest.mark.parametrize(
    ("start", "filler", "explanation"),
    [
        (b'{"a":"', b"x", "is larger than 4 MB, the most that one row can hold"),
        (b"x", b"x", NOT_JSON),
        (b"[", b'"xxxxxxxxxx",', "is larger than 4 MB, the most that one row can hold"),
    ],
)
def test_a_document_without_end_is_one_error_in_bounded_memory(start: bytes, filler: bytes, explanation: str) -> None:
    bomb = gzip.compress(start + filler * (40_000_000 // len(filler)) + b'\n{"a":1}', compresslevel=1)
    first, second = read_documents(gzip.GzipFile(fileobj=io.BytesIO(bomb)))
    assert (first.line_number, first[-1] if not isinstance(first, Document) else "") == (1, explanation)
    assert isinstance(second, Document)
    assert (second.line_number, second.value) == (2, {"a": "1"})
    assert len(second.buffer) < MAX_DOCUMENT_BYTES


def test_four_megabytes_are_the_limit() -> None:
    fits = '{"a":"' + "x" * (MAX_DOCUMENT_BYTES - 8) + '"}'
    over = '{"a":"' + "é" * (MAX_DOCUMENT_BYTES // 2 - 3) + '"}'
    first, second = documents(fits + "\n" + over)
    assert first == (1, {"a": "x" * (MAX_DOCUMENT_BYTES - 8)})
    assert isinstance(second, tuple)
    assert (second[0], second[2]) == (2, "is larger than 4 MB, the most that one row can hold")


INTEGER, BIG, SMALL = TargetColumn("c", "int4"), TargetColumn("c", "int8"), TargetColumn("c", "int2")
DECIMAL, WHOLE, TINY = (
    TargetColumn("c", "numeric", 8, 2),
    TargetColumn("c", "numeric", 18),
    TargetColumn("c", "numeric", 3, 3),
)
REAL, DOUBLE, BOOLEAN = TargetColumn("c", "float4"), TargetColumn("c", "float8"), TargetColumn("c", "bool")
TEXT, CHARS = TargetColumn("c", "varchar", 4), TargetColumn("c", "bpchar", 3)
DATE, TIME, TIMETZ = TargetColumn("c", "date"), TargetColumn("c", "timestamp"), TargetColumn("c", "timestamptz")


def digit(found: str, position: int, kind: str) -> tuple[int, str]:
    return 1207, f"Invalid digit, Value '{found}', Pos {position}, Type: {kind}"


FIELDS: list[tuple[TargetColumn, str, str | tuple[int, str]]] = [
    # null, empty and blank
    *[(column, "null", "") for column in (INTEGER, DECIMAL, REAL, BOOLEAN, TEXT, CHARS, DATE, TIME)],
    *[(column, '""', "") for column in (INTEGER, DECIMAL, REAL, BOOLEAN, DATE, TIME)],
    *[(column, '" \\t "', "") for column in (INTEGER, DECIMAL, REAL, BOOLEAN, DATE, TIME)],
    (TEXT, '""', '""'),
    (CHARS, '""', '""'),
    # integers
    (INTEGER, "39", "39"),
    (INTEGER, '"39"', "39"),
    (INTEGER, '" 39 "', "39"),
    (INTEGER, '"+39"', "39"),
    (INTEGER, '"-0039"', "-39"),
    (INTEGER, "-39", "-39"),
    (INTEGER, "-0", "0"),
    (INTEGER, '"a1"', digit("a", 0, "Integer")),
    (INTEGER, '"1a"', digit("a", 1, "Integer")),
    (INTEGER, '"1.0"', digit(".", 1, "Integer")),
    (INTEGER, '"-"', digit("", 1, "Integer")),
    (INTEGER, '"1_000"', digit("_", 1, "Integer")),
    (INTEGER, '"٣"', digit("٣", 0, "Integer")),
    (INTEGER, "1.7", digit(".", 1, "Integer")),
    (INTEGER, "15e-1", digit("e", 2, "Integer")),
    (INTEGER, "true", digit("t", 0, "Integer")),
    (INTEGER, "[1]", digit("[", 0, "Integer")),
    (INTEGER, "{}", digit("{", 0, "Integer")),
    (INTEGER, "1.0", "1"),
    (INTEGER, "-1.000", "-1"),
    (INTEGER, "1.5e1", "15"),
    (INTEGER, "0e99999999999999999999", (1222, "Overflow, Column type: Integer")),
    (INTEGER, "1e-99999999999999999999", digit("e", 1, "Integer")),
    (INTEGER, "1e999999999", (1222, "Overflow, Column type: Integer")),
    (INTEGER, "2147483647", "2147483647"),
    (INTEGER, "-2147483648", "-2147483648"),
    (INTEGER, "2147483648", (1222, "Overflow, Column type: Integer")),
    (INTEGER, "3000000000", (1222, "Overflow, Column type: Integer")),
    (INTEGER, '"' + "9" * 5000 + '"', (1222, "Overflow, Column type: Integer")),
    (SMALL, "32767", "32767"),
    (SMALL, "-32769", (1222, "Overflow, Column type: Short")),
    (BIG, "1540919166796.0", "1540919166796"),
    (BIG, "9007199254740993.0", "9007199254740993"),
    (BIG, "9223372036854775807", "9223372036854775807"),
    (BIG, "-9223372036854775808", "-9223372036854775808"),
    (BIG, "9223372036854775808", (1222, "Overflow, Column type: Long")),
    (BIG, '"20200407.0"', digit(".", 8, "Long")),
    # decimals: digits past the scale are cut, and every digit of the file counts
    (DECIMAL, "20.259", "20.25"),
    (DECIMAL, "-20.259", "-20.25"),
    (DECIMAL, '"20.259"', "20.25"),
    (DECIMAL, "20", "20"),
    (DECIMAL, "999999.999", "999999.99"),
    (DECIMAL, "1000000", (1204, "Overflow, Column type: Decimal")),
    (DECIMAL, "1e999999999999999999999", (1204, "Overflow, Column type: Decimal")),
    (DECIMAL, "1.2e1", "12.00"),
    (DECIMAL, "-0.001", "0"),
    (DECIMAL, "1e-9999999999", "0"),
    (DECIMAL, "0e500", "0"),
    (DECIMAL, "0.28999999999999999999999999", "0.28"),
    (DECIMAL, '"1,5"', digit(",", 1, "Decimal")),
    (DECIMAL, '"NaN"', digit("N", 0, "Decimal")),
    (DECIMAL, "false", digit("f", 0, "Decimal")),
    (WHOLE, "123456789012345678.9", "123456789012345678"),
    (WHOLE, "1234567890123456789", (1204, "Overflow, Column type: Decimal")),
    (TINY, "0.1239", "0.123"),
    (TINY, "1", (1204, "Overflow, Column type: Decimal")),
    # floats
    (DOUBLE, "1.10", "1.10"),
    (DOUBLE, '"-1e5"', "-1e5"),
    (DOUBLE, "1e400", (1204, "Overflow, Column type: Double")),
    (DOUBLE, "1e-400", "0"),
    (REAL, "1e39", (1204, "Overflow, Column type: Real")),
    (REAL, "1e-60", "0"),
    (REAL, '"inf"', digit("i", 0, "Real")),
    # booleans
    *[(BOOLEAN, word, "t") for word in ("true", "1", '"yes"', '"Y"', '"T"', '"TRUE"', '"1"')],
    *[(BOOLEAN, word, "f") for word in ("false", "0", '"no"', '"n"', '"f"', '"False"', '"0"')],
    *[
        (BOOLEAN, word, (1210, "Invalid boolean value, Column type: Boolean"))
        for word in ('"on"', '"off"', "2", "1.0", '"maybe"', "[]")
    ],
    # text: lengths in bytes
    (TEXT, '"a\\"b"', '"a""b"'),
    (TEXT, '"é€"', (1204, "String length exceeds DDL length")),
    (TEXT, '"éé"', '"éé"'),
    (TEXT, '"abcd  "', '"abcd"'),
    (TEXT, '"abcde"', (1204, "String length exceeds DDL length")),
    (TEXT, "1.50", '"1.50"'),
    (TEXT, "true", '"true"'),
    (TEXT, "[]", '"[]"'),
    (TargetColumn("c", "varchar", 40), '{ "a" : [1.0, null, "é\\n"] }', '"{""a"":[1.0,null,""é\\n""]}"'),
    (TEXT, '"a\\u0000b"', '"a"'),
    (TEXT, '"\\u0000"', '""'),
    (TEXT, '"\\u0000b"', (1218, "Invalid null byte - field longer than 1 byte")),
    (
        TEXT,
        '"\\ud800"',
        (1220, "String contains invalid or unsupported UTF-8 codepoints. Bad UTF-8 hex sequence: ed (error 4)"),
    ),
    (CHARS, '"abc"', '"abc"'),
    (CHARS, '"abcd"', (1204, "Char length exceeds DDL length")),
    (
        CHARS,
        '"é"',
        (1220, "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: c3 a9"),
    ),
    # dates and times
    (DATE, '"2018-11-01"', "2018-11-01"),
    (DATE, '"2018-11-31"', (1205, "Invalid date format or value [YYYY-MM-DD]")),
    (DATE, '"01.11.2018"', (1205, "Invalid date format or value [YYYY-MM-DD]")),
    (TIME, '"2018-11-01 20:57:10"', "2018-11-01 20:57:10"),
    (TIME, '"2018-11-01 20:57:10.796"', "2018-11-01 20:57:10.796000"),
    (TIME, '"2018-11-01 20:57:10.1234567"', "2018-11-01 20:57:10.123456"),
    (TIME, '"2018-11-01T20:57:10"', (1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]")),
    (TIME, "1541105830796", (1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]")),
    (TIME, "true", (1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]")),
    (TIMETZ, '"2018-11-01 20:57:10-08"', "2018-11-01 20:57:10-08:00"),
    (TIMETZ, '"2018-11-01 20:57:10"', "2018-11-01 20:57:10+00"),
]


@pytest.mark.parametrize(("column", "value", "expected"), FIELDS, ids=lambda item: str(item)[:40])
def test_conversions(column: TargetColumn, value: str, expected: str | tuple[int, str]) -> None:
    assert field(column, value) == expected


OPTIONS: list[tuple[dict[str, object], TargetColumn, str, str | tuple[int, str]]] = [
    ({"round_decimals": True}, DECIMAL, "20.259", "20.26"),
    ({"round_decimals": True}, DECIMAL, "20.255", "20.26"),
    ({"round_decimals": True}, DECIMAL, "-20.255", "-20.26"),
    ({"round_decimals": True}, DECIMAL, "999999.999", (1204, "Overflow, Column type: Decimal")),
    ({"empty_as_null": True}, TEXT, '""', ""),
    ({"empty_as_null": True}, TEXT, '" "', '" "'),
    ({"blanks_as_null": True}, TEXT, '" \\n"', ""),
    ({"blanks_as_null": True}, CHARS, '" "', ""),
    ({"blanks_as_null": True}, TEXT, '""', '""'),
    ({"trim_blanks": True}, TEXT, '" a\\t "', '" a"'),
    ({"trim_blanks": True}, TEXT, '"   "', '""'),
    ({"trim_blanks": True}, CHARS, '"a "', '"a "'),
    ({"truncate_columns": True}, TEXT, '"abcde"', '"abcd"'),
    ({"truncate_columns": True}, TEXT, '"aé€"', '"aé"'),
    ({"truncate_columns": True}, CHARS, '"abcd"', '"abc"'),
    ({"accept_invalid_characters": "?"}, TEXT, '"a\\ud800"', '"a?"'),
    ({"accept_invalid_characters": "\\"}, TEXT, '"a\\ud800"', '"a\\"'),
    ({"accept_any_date": True}, TIME, '"00/00/00"', ""),
    ({"accept_any_date": True}, DATE, '"00/00/00"', ""),
    ({"time_format": "epochmillisecs"}, TIME, "1541105830796", "2018-11-01 20:57:10.796000"),
    ({"time_format": "epochmillisecs"}, TIME, '"1541105830796"', "2018-11-01 20:57:10.796000"),
    ({"time_format": "epochmillisecs"}, TIME, "1541105830796.0", "2018-11-01 20:57:10.796000"),
    ({"time_format": "epochmillisecs"}, TIME, "-1", "1969-12-31 23:59:59.999000"),
    ({"time_format": "epochmillisecs"}, TIME, "1541105830796000", "50805-09-13 00:59:56"),
    ({"time_format": "epochmillisecs"}, TIME, "-100000000000000", "1200-02-15 14:13:20 BC"),
    (
        {"time_format": "epochmillisecs"},
        TIME,
        "9999999999999999",
        (1206, "Invalid timestamp format or value [epochmillisecs]"),
    ),
    ({"time_format": "epochmillisecs"}, TIME, "1.5", (1206, "Invalid timestamp format or value [epochmillisecs]")),
    ({"time_format": "epochmillisecs"}, TIME, '"x"', (1206, "Invalid timestamp format or value [epochmillisecs]")),
    ({"time_format": "epochmillisecs"}, TIMETZ, "0", "1970-01-01 00:00:00+00"),
    ({"time_format": "epochmillisecs"}, DATE, '"2018-11-01"', "2018-11-01"),
    ({"time_format": "epochsecs"}, TIME, "1541105830", "2018-11-01 20:57:10"),
    ({"time_format": "auto"}, TIME, "1541105830", (1206, "Invalid timestamp format or value [auto]")),
    ({"time_format": "DD/MM/YY HH12:MI AM"}, TIME, '"01/11/18 08:57 pm"', "2018-11-01 20:57:00"),
    ({"time_format": "DD/MM/YY HH12:MI AM"}, TIME, '"01/11/70 12:57 AM"', "1970-11-01 00:57:00"),
    (
        {"time_format": "DD/MM/YY HH12:MI AM"},
        TIME,
        '"01/11/70 13:57 AM"',
        (1206, "Invalid timestamp format or value [DD/MM/YY HH12:MI AM]"),
    ),
    ({"time_format": "YYYY-MM-DDTHH:MI:SSZ"}, TIME, '"2018-11-01T20:57:10.5Z"', "2018-11-01 20:57:10.500000"),
    ({"date_format": "MON-DD-YYYY"}, DATE, '"Jan-01-1999"', "1999-01-01"),
    ({"date_format": "MON DD, YYYY"}, DATE, '"february 28, 1999"', "1999-02-28"),
    ({"date_format": "MON-DD-YYYY"}, DATE, '"Foo-01-1999"', (1205, "Invalid date format or value [MON-DD-YYYY]")),
    ({"date_format": "YYYYMMDD HH24:MI"}, DATE, '"20181101 23:59"', "2018-11-01"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "column", "value", "expected"), OPTIONS, ids=lambda item: str(item)[:50])
def test_options(options: dict[str, object], column: TargetColumn, value: str, expected: str | tuple[int, str]) -> None:
    assert field(column, value, **options) == expected


AUTOMATIC = {
    "2019-02-11T05:09:12.195Z": "2019-02-11 05:09:12.195000",
    "2018-11-01T20:57:10": "2018-11-01 20:57:10",
    "2018-11-01": "2018-11-01 00:00:00",
    "J2451187": "1999-01-08 00:00:00",
    "J2345678 04:05:06.789": "1710-02-23 04:05:06.789000",
    "Jan-08-95 BC": "0095-01-08 00:00:00 BC",
    "19960108 040809": "1996-01-08 04:08:09",
    "960108 040809": "1996-01-08 04:08:09",
    "1996.008": "1996-01-08 00:00:00",
    "1996-01-08 04:05:06.789": "1996-01-08 04:05:06.789000",
    "17 Dec 07:37:16 1997 PST": "1997-12-17 07:37:16",
    "12/17/1997 07:37:16.00 PST": "1997-12-17 07:37:16",
    "1997-12-17 07:37:16-08": "1997-12-17 07:37:16",
    "12.17.1997 07:37:16.00 PST": "1997-12-17 07:37:16",
}


@pytest.mark.parametrize("written", AUTOMATIC)
def test_automatic_recognition(written: str) -> None:
    assert field(TIME, json.dumps(written), time_format="auto") == AUTOMATIC[written]


def test_automatic_recognition_keeps_the_zone_where_the_column_has_one() -> None:
    written = ["1997-12-17 07:37:16-08", "1997-12-17 07:37:16 PST", "2019-02-11T05:09:12Z", "1997-12-17 07:37:16+05:30"]
    read = [field(TIMETZ, json.dumps(text), time_format="auto") for text in written]
    assert read == [
        "1997-12-17 07:37:16-08:00",
        "1997-12-17 07:37:16-08:00",
        "2019-02-11 05:09:12+00:00",
        "1997-12-17 07:37:16+05:30",
    ]


@pytest.mark.parametrize(
    "written",
    ["", "now", "infinity", "2018-13-01", "2018-02-29", "2018-11-01T24:00:00", "1996.000", "J", "1541105830796", "x"],
)
def test_automatic_recognition_refuses_the_rest(written: str) -> None:
    expected = (1206, "Invalid timestamp format or value [auto]") if written else ""
    assert field(TIME, json.dumps(written), time_format="auto") == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-999999, max_value=999999), st.booleans())
def test_decimals_are_cut_exactly(number: Decimal, quoted: bool) -> None:
    written = f"{number:f}" if not quoted else f'"{number}"'
    converted = field(DECIMAL, written)
    assert isinstance(converted, str)
    assert Decimal(converted) == number.quantize(Decimal("0.01"), ROUND_DOWN)


@given(st.integers(min_value=-(2**70), max_value=2**70), st.sampled_from(["{}", "{}.0", '"{}"', "{}e0"]))
def test_integers_are_exact_or_refused(number: int, form: str) -> None:
    expected = str(number) if -(2**63) <= number < 2**63 else (1222, "Overflow, Column type: Long")
    assert field(BIG, form.format(number)) == expected


def test_keys_match_lower_case_columns_and_unknown_ones_are_ignored() -> None:
    assert rows('{"name":"a","zz":1,"id":1}{"ID":1}', ID, NAME) == ['1,"a"', ","]


def test_an_object_without_keys_is_a_row_of_nulls_in_any_case() -> None:
    for option in ("auto", "auto ignorecase"):
        assert rows('{}{"id":1}', ID, NAME, json_option=option) == [",", "1,"]


def test_keys_match_in_any_case_if_asked() -> None:
    text = '{"ID":1,"Name":"a"}{"id":2}{"NAME":"b","iD":3,"id":4}'
    assert rows(text, ID, NAME, json_option="auto ignorecase") == ['1,"a"', "2,", '4,"b"']
    (error,) = rows('{"ID":"x"}', ID, json_option="auto ignorecase")
    assert (
        error[2] == "f line 1, column \"id\": 'x' does not fit INTEGER: a digit is needed instead of 'x' at position 0"
    )


def test_an_array_is_no_row_without_paths() -> None:
    assert rows('[{"id":1},\n{"id":2}]', ID) == [
        (
            1216,
            "Invalid JSONPath format: Member is not an object.",
            'f line 2, column "id": [{"id":1},{"id":2}] has no object with a member \'id\' at $',
        )
    ]


def test_null_in_a_not_null_column() -> None:
    required = TargetColumn("id", "int4", not_null=True)
    found = rows('{}{"id":null}{"id":""}{"id":0}', required)
    assert found[3:] == ["0"]
    assert found[:2] == 2 * [
        (
            1213,
            "Missing data for not-null field",
            'f line 1, column "id": the value is NULL in a column that is NOT NULL',
        )
    ]
    assert found[2][2] == "f line 1, column \"id\": '' is NULL in a column that is NOT NULL"


def test_the_first_bad_column_speaks_for_the_row() -> None:
    (error,) = rows('{"name":"far too long","id":"x"}', NAME, ID)
    assert error == (
        1204,
        "String length exceeds DDL length",
        "f line 1, column \"name\": 'far too long' is 12 bytes, VARCHAR(10) allows 10",
    )


def test_long_values_are_shortened() -> None:
    (error,) = rows(f'{{"name":"{"x" * 100}"}}', NAME)
    assert error[2] == f"f line 1, column \"name\": '{'x' * 59}…' is 100 bytes, VARCHAR(10) allows 10"


def test_bytes_that_are_not_utf8_are_refused_or_replaced_one_by_one() -> None:
    text = b'{"name":"a\xa4\xff"}'
    reason = "String contains invalid or unsupported UTF-8 codepoints. Bad UTF-8 hex sequence: a4 (error 3)"
    message = "f line 1, column \"name\": 'a\\udca4\\udcff' is not UTF-8: bytes a4 (invalid start byte)"
    assert rows(text, NAME) == [(1220, reason, message)]
    assert rows(text, NAME, accept_invalid_characters="^") == ['"a^^"']


def test_bytes_that_are_not_utf8_do_not_matter_in_a_key_that_no_column_has() -> None:
    assert rows(b'{"x\xff":"\xff","id":1}', ID) == ["1"]


def test_text_outside_of_documents_is_an_error_of_its_own() -> None:
    reason = "Invalid JSON: is not a JSON object or array"
    assert rows('{"id":1},{"id":2}', ID) == ["1", (1216, reason, "f line 1: , is not a JSON object or array"), "2"]


def test_a_value_nested_too_deeply_is_a_row_error() -> None:
    deep = "[" * 900 + "]" * 900
    converted = rows(f'{{"name":{deep}}}{{"name":"a"}}{{"zz":{deep}}}', TargetColumn("name", "varchar", 65535))
    assert [row if isinstance(row, str) else row[0] for row in converted][1:] == ['"a"', ""]


def test_a_row_of_more_than_four_megabytes_is_refused() -> None:
    columns = [TargetColumn(f"c{n}", "varchar", 65535) for n in range(40)]
    paths = (("v",),) * 40
    plain, piped = rows(f'{{"v":"{"x" * 60_000}"}}{{"v":"{"|" * 60_000}"}}', *columns, paths=paths)
    assert isinstance(plain, str)
    assert (piped[0], piped[1]) == (1204, "Row length exceeds 4 MB")


def test_paths_lead_to_values() -> None:
    paths = read_paths(b"""{"jsonpaths": ["$['a']", "$['b'][0]", "$['no']['deeper']", "$"]}""", "p")
    assert paths == (("a",), ("b", 0), ("no", "deeper"), ())
    columns = (ID, NAME, TargetColumn("x", "int4"), TargetColumn("whole", "varchar", 50))
    assert rows('{"b":["x"],"a":1,"no":null}', *columns, paths=paths) == [
        '1,"x",,"{""b"":[""x""],""a"":1,""no"":null}"'
    ]


def test_paths_in_dot_notation_and_over_arrays() -> None:
    paths = read_paths(b'\xef\xbb\xbf{"jsonpaths": ["$.a.b[0].c", "$[1]"]}', "p")
    assert paths == (("a", "b", 0, "c"), (1,))
    assert rows('[1,"x"]\n[2,"y"]', ID, NAME, paths=((0,), (1,))) == ['1,"x"', '2,"y"']


def test_a_path_that_leads_nowhere_is_an_error_of_its_column() -> None:
    paths: tuple[Path, ...] = (("a",), ("b", 3))
    assert rows('{"a":1,"b":["x"]}{"a":1,"b":{"3":0}}{"a":1}', ID, NAME, paths=paths) == [
        (
            1216,
            "Invalid JSONPath format: Not an array or index out of range.",
            'f line 1, column "name": {"a":1,"b":["x"]} has no array with an element 3 at $[\'b\']',
        ),
        (
            1216,
            "Invalid JSONPath format: Not an array or index out of range.",
            'f line 1, column "name": {"a":1,"b":{"3":0}} has no array with an element 3 at $[\'b\']',
        ),
        "1,",
    ]
    ((code, reason, _),) = [row for row in rows('{"a":[]}', ID, paths=(("a", "b"),)) if not isinstance(row, str)]
    assert (code, reason) == (1216, "Invalid JSONPath format: Member is not an object.")


def test_a_paths_file_with_another_key_means_auto() -> None:
    assert read_paths(b'{"paths": ["$.a"]}', "p") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "is not one JSON object: "),
        (b'{"jsonpaths": ["$.a"]', "is not one JSON object: "),
        (b'{"jsonpaths": ["$.a"]} {}', "is not one JSON object: Extra data"),
        (b'{"jsonpaths": ["$.a"]} x', "is not one JSON object: Extra data"),
        (b"\xff", "is not one JSON object: "),
        (b"[" * 100_000, "is not one JSON object: "),
        (b'["$.a"]', "is not a JSON object with the key jsonpaths"),
        (b'{"jsonpaths": "$.a"}', "needs a list of paths"),
        (b'{"jsonpaths": ["$.a", ""]}', "needs a list of paths"),
        (b'{"jsonpaths": ["$.a", 1]}', "needs a list of paths"),
        (b'{"jsonpaths": ["a"]}', "holds 'a', which is not a path"),
        (b'{"jsonpaths": ["$.a.*"]}', "holds '$.a.*', which is not a path"),
        (b'{"jsonpaths": ["$.a[*]"]}', "holds '$.a[*]', which is not a path"),
        (b'{"jsonpaths": ["$..a"]}', "holds '$..a', which is not a path"),
        (b'{"jsonpaths": ["$.a[-1]"]}', "holds '$.a[-1]', which is not a path"),
        (b"""{"jsonpaths": ["$['a']", "$.b"]}""", "mixes bracket and dot notation"),
        (b"""{"jsonpaths": ["$['a'].b"]}""", "mixes bracket and dot notation"),
    ],
)
def test_a_broken_paths_file_fails_the_command(text: bytes, reason: str) -> None:
    with pytest.raises(CopyFailure) as failure:
        read_paths(text, "s3://b/paths")
    assert failure.value.message.startswith(f"Invalid JSONPath file: s3://b/paths {reason}")
