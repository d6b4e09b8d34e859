"""The bulk conversion of COPY: whatever the files hold, it changes nothing but the time a load takes."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection  # noqa: N812 - the class of that name
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from local_redshift import postgres_server
from local_redshift.copy.command.statement import CopyCommand, parse_copy
from local_redshift.copy.convert.columns import TargetColumn
from local_redshift.copy.convert.fast import NOTHING, BulkConverter
from local_redshift.copy.load import execute_copy
from local_redshift.copy.run import Reading
from tests.variants import often
from warehouse import WarehouseConnection, connect

EVENTS = """
    artist VARCHAR(12), flag BOOLEAN, code CHAR(3), small SMALLINT, item INT, session BIGINT NOT NULL,
    length NUMERIC(7, 3), wide NUMERIC(38, 20), ratio DOUBLE PRECISION, part REAL, ts TIMESTAMP, day DATE
"""
COLUMNS = ("artist", "flag", "code", "small", "item", "session", "length", "wide", "ratio", "part", "ts", "day")


@dataclass
class Loader:
    """A warehouse with one table, and a folder to load it from."""

    connection: WarehouseConnection
    folder: Path

    def outcome(self, copy: str, reading: Reading) -> tuple[object, ...]:
        """Run one COPY and roll it back: what is in the table, what in the system tables, and how it failed."""
        loaded: list[tuple[object, ...]] = []
        failure = None
        try:
            self._copy(copy, reading)
        except psycopg2.Error as error:
            failure = (error.pgcode, error.diag.message_primary, error.diag.message_detail)
        else:
            loaded = self._fetch("SELECT t::text FROM t ORDER BY t::text")
            loaded += self._fetch("SELECT pg_last_copy_count()")
        self.connection.rollback()
        return (failure, loaded, *map(self._fetch, LOGGED))

    def counts(self, copy: str, reading: Reading) -> tuple[int, int, int]:
        """Run one COPY and roll it back: its rows, how many of them were converted in bulk, and its errors."""
        counts = self._copy(copy, reading)
        self.connection.rollback()
        return counts

    def _copy(self, copy: str, reading: Reading) -> tuple[int, int, int]:
        command = parse_copy(copy.format(url=f"file://{self.folder}/", paths=f"file://{self._paths}"))
        counts = execute_copy(self.connection, command, self._second, reading)
        return counts.rows, counts.rows_in_bulk, counts.errors

    def _second(self) -> Connection:
        second = postgres_server.connect(Path(self.connection.info.host), Connection)
        second.autocommit = True
        return second

    def _fetch(self, query: str) -> list[tuple[object, ...]]:
        with self.connection.cursor(cursor_factory=Cursor) as cursor:
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    @property
    def _paths(self) -> Path:
        return self.folder.with_name("paths.json")

    def map(self, **keys: str) -> None:
        """Let the paths file lead every column to the member of its name, or to the one given here."""
        paths = [f"$['{keys.get(column, column)}']" for column in COLUMNS]
        self._paths.write_text(json.dumps({"jsonpaths": paths}))

    def write(self, *files: bytes) -> None:
        """Put these files, and no others, into the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for number, data in enumerate(files):
            (self.folder / f"{number:05}.json").write_bytes(data)


LAST = "(SELECT MAX(query_id) FROM redshift._loads)"
LOGGED = (
    f"""SELECT filename, line_number, colname, type, col_length, position, raw_line, raw_field_value, err_code,
        err_reason FROM redshift.stl_load_errors WHERE query = {LAST} ORDER BY filename, line_number, raw_line""",
    f"""SELECT filename, lines_scanned, errors FROM redshift.stl_load_commits WHERE query = {LAST}
        ORDER BY filename""",
    f"SELECT file_name, bytes_scanned, lines_scanned FROM redshift.sys_load_detail WHERE query_id = {LAST} ORDER BY 1",
    f"""SELECT status, loaded_rows, loaded_bytes, source_file_count, source_file_bytes, file_count_scanned,
        file_bytes_scanned, error_count FROM redshift.sys_load_history WHERE query_id = {LAST}""",
)
COPY = "COPY t FROM '{url}' IAM_ROLE default FORMAT AS JSON 'auto' "
PATHS_COPY = COPY.replace("auto", "{paths}")


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    with closing(connect("local", schema="bulk", read_only=False)) as connection:
        with connection.cursor(cursor_factory=Cursor) as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS bulk CASCADE; CREATE SCHEMA bulk; CREATE TABLE bulk.t ({EVENTS})")
        connection.commit()
        yield Loader(connection, tmp_path_factory.mktemp("bulk") / "lake")
        with connection.cursor(cursor_factory=Cursor) as cursor:
            cursor.execute("DROP SCHEMA bulk CASCADE")
        connection.commit()


# Values as they may stand in a file, for a column of their own type or for any other.
DIGITS = st.integers(0, 20).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))
NUMBERS = st.one_of(
    st.integers(-5, 5).map(str),
    st.integers(-(2**64), 2**64).map(str),
    st.sampled_from([2**15 - 1, 2**15, -(2**15), -(2**15) - 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**63 - 1, 2**63]).map(
        str
    ),
    st.floats().map(repr),
    st.decimals(-9999, 9999, places=3).map(str),
    st.decimals(-9999, 9999, places=6).map(str),
    st.builds("{}{}.{}".format, st.sampled_from(["", "-"]), DIGITS, DIGITS),
    st.builds("{}{}.0".format, st.sampled_from(["", "-"]), DIGITS),
    st.sampled_from(["-0", "-0.0", "0.0", "01", "+1", "1.", ".5", "1e3", "1E-3", "1.0e2", "0e0", "NaN", "1e400"]),
    st.integers(0, 10**13).map(str),
)
ESCAPES = st.sampled_from([
    r"\"", r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t", r"\u0000", r"\u0001", r"\u00e9", r"\ud7ff", r"\ud83c\udfb5",
    r"\ud83c", r"\udfb5", r"\udfb5\ud83c", r"\ud83c\u0041", r"\uD83C\uDFB5", r"\ue000", r"\uFFFF", r"\x", r"\u12", "\\",
])  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.one_of(ESCAPES, st.text(max_size=3), st.sampled_from("a\"',| \t\r\x00\x01\x1f\x7f")), max_size=4).map(
        "".join
    ),
    st.text("abcé🎵", max_size=14),
    st.sampled_from(["", " ", "\\\\.", "\\\\N", "DEFAULT", "NULL", "null", "a,b", 'a\\"b', "39", "-0", " 7 ", "true"]),
)
STRINGS = st.one_of(TEXTS, NUMBERS).map('"{}"'.format)
WORDS = st.sampled_from(["null", "null", "true", "false", "[]", "{}", '{"a":[1,2]}', "[[[]]]", "nul", "undefined"])
VALUES = st.one_of(STRINGS, NUMBERS, WORDS)
# What a column gets in most lines, in one form or in several: otherwise hardly any line could be converted in bulk.
USUAL = {
    "artist": (st.text("abcdefé🎵", max_size=4).map(json.dumps), st.sampled_from(['""', "null", '"  "', '" a "'])),
    "flag": (st.sampled_from(["true", "false", "null", "0", "1"]),),
    "code": (st.sampled_from(['"abc"', '"a "', '""', "null"]),),
    "small": (st.integers(-(2**15), 2**15 - 1).map(str), st.sampled_from(["1.0", "-7.0"])),
    "item": (st.integers(-(2**31), 2**31 - 1).map(str), st.integers(0, 99).map('"{}"'.format), st.just('""')),
    "session": (st.integers(-(10**18) + 1, 10**18 - 1).map(str), st.integers(0, 10**15 - 1).map("{}.0".format)),
    "length": (st.decimals(-9999, 9999, places=3).map(str), st.integers(-9999, 9999).map(str)),
    "wide": (st.sampled_from(["0", "1", "0.5", "-0.25", "0.12345678901234"]), st.sampled_from(['"0.125"', '""'])),
    "ratio": (st.decimals(-999, 999, places=12).map(lambda d: f"{d:f}"), st.integers(0, 10**15 - 1).map(str)),
    "part": (st.decimals(-999, 999, places=9).map(lambda d: f"{d:f}"),),
    "ts": (st.integers(0, 10**13).map(str), st.sampled_from(["1.0", '""', '"1541105830796"', "null"])),
    "day": (st.just("null"),),
}
Forms = dict[str, st.SearchStrategy[str]]


@st.composite
def forms(draw: st.DrawFn) -> Forms:
    """What the columns of one file get: one form alone, or any of them."""
    return {key: draw(st.sampled_from([*several, st.one_of(several)])) for key, several in USUAL.items()}


@st.composite
def objects(draw: st.DrawFn, keys: tuple[str, ...], usual: Forms, oddity: int = 12) -> str:
    """One object with these keys; one object in so many has an odd value."""
    odd = draw(st.sampled_from(keys)) if keys and not draw(st.integers(0, oddity)) else None
    space = draw(st.sampled_from(["", " ", "\n", "\t", "  "])) if odd else draw(st.sampled_from(["", "", " "]))
    members = [f'"{key}":{space}{draw(VALUES if key == odd else usual.get(key, VALUES))}' for key in keys]
    return "{" + ("," + space).join(members) + "}"


JUNK = st.one_of(
    st.sampled_from(["", "", " ", ",", "[", "]", "}", "{", "{{", '{"', "x", "null", "[1]", "\x01", "\ufeff", "[\n"]),
    st.text(max_size=5),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """One file: lines of objects with much the same keys, and now and then something else."""
    most = tuple(draw(st.permutations(COLUMNS)))[: draw(st.integers(0, len(COLUMNS)))]
    keys = ("session", *(key for key in most if key != "session"))
    other = (*draw(st.permutations(keys)), *draw(st.lists(st.sampled_from(["Item", "x", *keys, "é"]), max_size=2)))
    of_file = draw(forms())
    usual = objects(keys, of_file)
    odd = st.one_of(objects(keys, of_file, 0), objects(other, of_file), JUNK, st.tuples(usual, JUNK).map("".join))
    is_clean = draw(st.booleans())
    line = usual if is_clean else st.integers(0, 5).flatmap(lambda n: usual if n else odd)
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n"] if is_clean else ["\n", "\r\n", "", "\n\n", " \n"]))
    start = "" if is_clean else draw(st.sampled_from(["", "", "", "\ufeff", "\n"]))
    text = start + end.join(draw(st.lists(line, max_size=15))) + draw(st.sampled_from(["", end]))
    data = text.encode(errors="surrogatepass")
    return data if is_clean or draw(st.integers(0, 9)) else data.replace("é".encode(), b"\xe9")


OTHERS = ["TRUNCATECOLUMNS", "EMPTYASNULL", "BLANKSASNULL", "TRIMBLANKS", "ACCEPTINVCHARS", "ACCEPTANYDATE", "NOLOAD"]
OPTIONS = st.sampled_from([*[""] * 6, "ROUNDEC", "IGNOREHEADER 1", *OTHERS])
TIMES = st.sampled_from(["TIMEFORMAT 'epochmillisecs'"] * 5 + ["TIMEFORMAT 'epochsecs'", "TIMEFORMAT 'auto'", ""])
ERRORS = st.sampled_from(["", "MAXERROR 1", "MAXERROR 2", "MAXERROR 3", *["MAXERROR 100000"] * 3, "IGNOREALLERRORS"])
SETTINGS = settings(
    max_examples=int(os.environ.get("BULK_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@SETTINGS
@given(
    lake=st.lists(files(), min_size=1, max_size=4),
    options=st.tuples(OPTIONS, TIMES, ERRORS).map(" ".join),
    copy=st.sampled_from([COPY, COPY.replace("auto", "auto ignorecase"), PATHS_COPY]),
    chunk_bytes=st.sampled_from([1, 100, 300, 1000, 3000, 100_000]),
)
def test_bulk_conversion_changes_no_row_error_or_count(
    loader: Loader, lake: list[bytes], options: str, copy: str, chunk_bytes: int
) -> None:
    loader.write(*lake)
    loader.map(small="item", item="small")
    copy += options
    in_bulk = loader.outcome(copy, Reading(chunk_bytes))
    assert in_bulk == loader.outcome(copy, Reading(chunk_bytes, in_bulk=False))
    whole_files = loader.outcome(copy, Reading(1 << 20, in_bulk=False))
    assert in_bulk[:3] == whole_files[:3]  # of a COPY that failed, more may have been read


USUAL_LINE = b'{"artist":"a","session":1,"length":0.5}\n'
LARGE = b'{"session":1,"x":"' + b"y" * (5 << 20) + b'"}'
HARD: dict[str, tuple[bytes, ...]] = {
    "a document over all chunks": (USUAL_LINE * 5 + b'{"session":[\n' + USUAL_LINE * 50,),
    "an array around lines": (
        USUAL_LINE * 5 + b"[\n" + USUAL_LINE.replace(b"\n", b",\n") * 50 + b"{}]\n" + USUAL_LINE * 9,
    ),
    "a string that is not closed": (USUAL_LINE * 20 + b'{"artist":"\n' + USUAL_LINE * 20,),
    "a document that is too large": (USUAL_LINE + LARGE + b"x\n" + USUAL_LINE * 9,),
    "a document that is too large over lines": (USUAL_LINE + LARGE.replace(b":", b":\n") + b"{}\n" + USUAL_LINE * 9,),
    "a document that is nested too deeply": (USUAL_LINE + b'{"artist":' * 9999 + b"\n" + USUAL_LINE * 9,),
    "a character cut by a chunk": (USUAL_LINE * 9 + '{"session":1,"x":"ééééééééééééééééééééé"}'.encode() * 9,),
    "equal keys": (b'{"session":1,"session":2}\n' * 9,),
    "keys that differ in case": (b'{"session":1,"SESSION":2}\n' * 9,),
    "files without rows": (b"", b"\n", b"", USUAL_LINE, b" "),
    "files that end within a document": (USUAL_LINE, b'{"session":1,\n', USUAL_LINE, b'"item":2}', USUAL_LINE),
}


@pytest.mark.parametrize("chunk_bytes", often([7, 100, 1 << 20], 1, pytest.mark.slow))
@pytest.mark.parametrize("case", HARD)
def test_bulk_conversion_changes_nothing_of_hard_files(loader: Loader, case: str, chunk_bytes: int) -> None:
    loader.write(*HARD[case])
    chunk_bytes = max(chunk_bytes, max(map(len, HARD[case])) // 100)
    copy = COPY.replace("auto", "auto ignorecase") + "MAXERROR 1000"
    exact = loader.outcome(copy, Reading(chunk_bytes, in_bulk=False))
    assert loader.outcome(copy, Reading(chunk_bytes)) == exact
    assert loader.outcome(copy, Reading(1 << 20, in_bulk=False)) == exact


def test_the_lines_of_ordinary_logs_are_all_converted_in_bulk(loader: Loader) -> None:
    line = b'{"session":1540919166796.0,"item":"39","ts":1541105830796,"length":218.937,"userAgent":"a\\/b"}\n'
    loader.write(line * 100, line * 99 + line.strip(), line)
    copy = COPY + "TIMEFORMAT 'epochmillisecs'"
    assert loader.counts(copy, Reading()) == (201, 201, 0)
    assert loader.counts(copy, Reading(len(line) * 10)) == (201, 201, 0)


def test_paths_to_members_of_the_document_keep_the_bulk_conversion(loader: Loader) -> None:
    loader.write(b'{"id":7,"session":1,"artist":"a"}\n' * 9)
    loader.map(item="id")
    assert loader.counts(PATHS_COPY, Reading()) == (9, 9, 0)


def test_two_paths_to_one_member_are_converted_exactly(loader: Loader) -> None:
    loader.write(b'{"session":1,"artist":"a"}\n' * 9)
    loader.map(item="session")
    assert loader.counts(PATHS_COPY, Reading()) == (9, 0, 0)
    outcome = loader.outcome(PATHS_COPY, Reading())
    assert outcome == loader.outcome(PATHS_COPY, Reading(in_bulk=False))
    assert outcome[0] is None


def test_small_files_of_one_object_are_all_converted_in_bulk(loader: Loader) -> None:
    song = b'{"session": 1, "artist": "\\u00c6 \\ud83c\\udfb5 \\"x\\"", "ratio": -73.98765, "item": 1995}'
    loader.write(*[song] * 30)
    assert loader.counts(COPY, Reading()) == (30, 30, 0)


@pytest.mark.parametrize(("bad", "lost"), [(b"x\n", 0), (b'{"artist":\n', 2), (USUAL_LINE.replace(b"1", b"1e0"), 0)])
def test_a_line_that_is_not_converted_in_bulk_does_not_keep_others_from_it(
    loader: Loader, bad: bytes, lost: int
) -> None:
    loader.write(USUAL_LINE * 50 + bad + USUAL_LINE * 49)
    counts = loader.counts(COPY + "MAXERROR 3", Reading(10_000))
    assert counts[1] == 99 - lost


def test_lines_unlike_the_first_one_are_converted_in_bulk_too(loader: Loader) -> None:
    loader.write(
        b"\n".join(
            [
                rb'{"session":1,"artist":"a","length":1.5,"ts":1}',
                rb'{"session":"2","artist":"\u00E9","length":"2.25","ts":"2"}',
                rb'{"session":3.0,"artist":"\uD83C\uDFB5","length":"","ts":3.0}',
            ]
        )
    )
    assert loader.counts(COPY + "TIMEFORMAT 'epochmillisecs'", Reading()) == (3, 3, 0)


def test_options_that_change_text_or_skip_lines_keep_the_bulk_conversion(loader: Loader) -> None:
    loader.write(b"a header\n" + USUAL_LINE * 100 + b'{"artist":" ","session":1,"length":0.5}\n' * 99)
    copy = COPY + "IGNOREHEADER 2 EMPTYASNULL BLANKSASNULL TRIMBLANKS"
    assert loader.counts(copy, Reading(100_000)) == (198, 197, 0)


# What the bulk conversion takes, and what it leaves to the exact one, by the type of the column.
SURE = {
    "varchar": (['""', '"é"', '"abcd"', r'"\u00e9\""', r'"\ud83c\udfb5"', "null"],
                ["1", "true", "[]", '"abcde"', '"ééé"', r'"\ud83c"', r'"\u0000"', r'"\x"', '"\t"']),
    "bpchar": (['""', '"abcd"', "null"], ['"é"', r'"\u0041"', '"abcde"', "1"]),
    "int2": (["0", "-32768", "32767", '"1"', '""', "7.0", "null"], ["-0", "32768", "-32769", "1.5", '"1.0"', '"a"']),
    "int4": (["2147483647", "null"], ["2147483648"]),
    "int8": (["999999999999999999", "-999999999999999.0", "null"], ["1000000000000000000", "9999999999999999.0"]),
    "numeric": (["0", "-12.25", '"12.25"', '""', "null"], ["123.25", "0.125", "1e1", "+1", ".5", '" 1"']),
    "float8": (["0", "-0.0", "-73.98765", "123456789012345", "null"], ["1e3", "1234567890123456", '"1.5"', '""']),
    "bool": (["true", "0", "null"], ['"true"', "2", '""']),
    "timestamp": (["0", "9999999999999", '"154110583"', "1.0", '""', "null"], ["-1", "10000000000000", "0.5"]),
    "date": (["null"], ['"2018-11-01"', '""']),
}  # fmt: skip


@pytest.mark.parametrize("kind", SURE)
def test_what_is_converted_in_bulk(kind: str) -> None:
    column = TargetColumn("c", kind, 4, 2)
    converter = BulkConverter((column,), ("c",), CopyCommand("t", "u", time_format="epochmillisecs"))
    values = [value for sure in SURE[kind] for value in sure]
    converted = [value for value in values if converter.convert(f'{{"c":{value}}}\n'.encode()) != NOTHING]
    assert converted == SURE[kind][0]


def test_a_load_that_fails_leaves_no_threads(loader: Loader) -> None:
    loader.write(USUAL_LINE * 10 + b"x\n" + USUAL_LINE * 10_000)
    failure, *_ = loader.outcome(COPY, Reading(1000))
    assert failure is not None
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("copy-")] == []
