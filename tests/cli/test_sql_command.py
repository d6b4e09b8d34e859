"""`sparkify sql` as a person uses it: statements, files, saved questions, parameters, and every way to go wrong."""

import csv
import json
import os
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from itertools import count, islice
from pathlib import Path

import pytest

import sql
from cli.__main__ import main
from cli.query import TypedQuery, query
from cli.rows import CELL_CHARACTERS, print_rows
from sql.questions import questions
from tests.cli.done import Ask, Done
from tests.hostile import HOSTILE, is_plain
from tests.sql.test_insights import STAR, TABLES
from tests.state import forget_everything
from warehouse import connect


@pytest.fixture(scope="module")
def star(sparkify_home: Path) -> Iterator[None]:
    """The eight plays whose answers can be counted by hand, in the local warehouse."""
    forget_everything()
    with closing(connect(read_only=False)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA sparkify")
        for table in TABLES:
            sql.run(cursor, f"create/{table}")
        cursor.execute(STAR)
    yield
    forget_everything()


@pytest.fixture
def ask(star: None, capsys: pytest.CaptureFixture[str]) -> Ask:
    def run(*arguments: str) -> Done:
        status = main(["sql", *arguments])
        return Done(status, *capsys.readouterr())

    return run


FAR = "SELECT TIMESTAMP '50805-05-14 12:06:36.123' AS far, DATE '0044-03-15 BC' AS early, CAST('NaN' AS FLOAT) AS n"


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("csv", ["far,early,n", "50805-05-14 12:06:36.123,0044-03-15 BC,nan"]),
        (
            "json",
            [
                "[",
                " {",
                '  "far": "50805-05-14 12:06:36.123",',
                '  "early": "0044-03-15 BC",',
                '  "n": "nan"',
                " }",
                "]",
            ],
        ),
    ],
)
def test_values_that_python_lacks_are_printed(ask: Ask, form: str, lines: list[str]) -> None:
    assert ask(FAR, "--format", form) == Done(0, "\n".join(lines) + "\n", "")
    assert "50805-05-14 12:06:36.123   0044-03-15 BC   nan" in ask(FAR).stdout


def test_a_saved_question_is_asked_by_name(ask: Ask) -> None:
    done = ask("@top-songs", "--param", "days=7", "--param", "period=day", "--format", "csv")
    assert done == Done(
        0,
        "period_starts_at,place,song_title,artist_name,plays\n"
        "2018-11-06 00:00:00,1,One,Ann,1\n"
        "2018-11-12 00:00:00,1,Four,Cat,1\n"
        "2018-11-12 00:00:00,2,Two,Bob,1\n",
        "",
    )


@pytest.mark.parametrize("name", [each.name for each in questions()])
def test_every_saved_question_answers_with_its_defaults(ask: Ask, name: str) -> None:
    user = ["--param", "user_id=1"] if name in ("next-songs", "recently-played") else []
    done = ask(f"@{name}", *user, "--format", "json")
    assert (done.status, done.stderr) == (0, "")
    assert json.loads(done.stdout)


def test_the_saved_questions_are_listed_with_their_parameters(ask: Ask) -> None:
    done = ask("--list", "--format", "json")
    listed = {each["question"]: each["parameters"] for each in json.loads(done.stdout)}
    assert listed["@top-songs"] == "days=28, period=all|day|week, places=10"
    assert listed["@recently-played"] == "user_id=N, places=10"
    assert len(listed) == len(questions())


def test_a_table_aligns_numbers_and_counts_its_rows(ask: Ask) -> None:
    done = ask("SELECT song_title, COUNT(*) AS n, NULL AS x FROM songplays GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "song_title   n      x",
        "─────────────────────",
        "One          3   NULL",
        "Two          3   NULL",
        "(2 rows)",
    ]


def test_values_are_bound_as_numbers_or_text(ask: Ask) -> None:
    query = "SELECT COUNT(*) AS n, :word AS w FROM songplays WHERE user_id = :user AND level = :level AND :share < 1"
    given = ("user=1", "level=free", "share=0.5", "word='12'")
    done = ask(query, *(part for each in given for part in ("--param", each)), "--format", "json")
    assert (done.status, json.loads(done.stdout)) == (0, [{"n": 3, "w": "12"}])


def test_a_value_never_becomes_sql(ask: Ask) -> None:
    done = ask("SELECT :x AS x", "--param", "x='; DROP TABLE users --", "--format", "json")
    assert json.loads(done.stdout) == [{"x": "'; DROP TABLE users --"}]


def test_a_statement_is_read_from_a_file(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "query.sql"
    file.write_text(
        "\ufeff-- how many\nSELECT COUNT(*) AS n\nFROM songplays\nWHERE user_id = :user;\n", encoding="utf-8"
    )
    assert ask("--file", str(file), "--param", "user=2", "--format", "csv") == Done(0, "n\n3\n", "")


def test_a_statement_is_read_from_standard_input(star: None) -> None:
    command = [sys.executable, "-m", "cli", "sql", "--file", "-", "--format", "csv"]
    done = subprocess.run(command, input=b"SELECT 1 AS a", capture_output=True, timeout=120, check=True)
    assert done.stdout == b"a\n1\n"


def test_an_error_in_a_file_names_file_line_and_column(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "query.sql"
    file.write_text("SELECT user_id\nFROM songplays\nWHERE level = :level AND lvel = 'x'\n")
    done = ask("--file", str(file), "--param", "level=free")
    assert done.stderr == (
        "WHERE level = :level AND lvel = 'x'\n"
        "                         ^\n"
        f'sparkify sql failed: {file} line 3, column 26: column "lvel" does not exist. '
        'Perhaps you meant to reference the column "songplays.level"\n'
    )


@pytest.mark.parametrize(
    ("statement", "place", "reason"),
    [
        ("SELECT lvl FROM users", "line 1, column 8", 'column "lvl" does not exist'),
        ("SELECT NVL(lvl, 'x'),\n  1 FROM users", "line 1, column 12", 'column "lvl" does not exist'),
        (
            "SELECT DATEDIFF(day, start_time, end_time) FROM songplays",
            "line 1, column 34",
            'column "end_time" does not',
        ),
        ("SELECT 1 +", "line 1, column 10", "the statement cannot be read: something is missing near '+'"),
        ("SELECT 1,\n  nosuch(2)", "line 2, column 3", "nosuch() is not among Redshift's functions"),
        (
            "SELECT 1\nFROM song_plays",
            "line 2, column 6",
            'relation "song_plays" does not exist. Did you mean songplays?',
        ),
        ("SELECT 1 FROM staging_events", "line 1, column 15", "If nothing has been loaded yet, run: sparkify etl"),
        ("SELECT user_id FROM users WHERE level = 1", "line 1, column 39", "operator does not exist"),
    ],
)
def test_an_error_points_at_the_place_in_ones_own_text(ask: Ask, statement: str, place: str, reason: str) -> None:
    done = ask(statement)
    line, column = map(int, re.findall(r"\d+", place))
    shown, mark, sentence = done.stderr.splitlines()
    assert (done.status, done.stdout) == (1, "")
    assert shown == statement.splitlines()[line - 1]
    assert mark == " " * (column - 1) + "^"
    assert sentence.startswith(f"sparkify sql failed: {place}: ")
    assert reason in sentence


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["@top-song"],
            "no saved question is named @top-song: did you mean @top-songs? sparkify sql --list names them all",
        ),
        (["@top-songs", "--param", "day=7"], "@top-songs has no parameter day: it takes days, period, places"),
        (["@next-songs"], "@next-songs needs --param user_id=N: the user"),
        (["SELECT :a"], "the statement has :a and no value for it: give --param a=VALUE"),
        (["SELECT :a", "--param", "b=1"], "the statement has no :b: its parameters are :a"),
        (["SELECT 1", "--param", "b=1"], "the statement has no :b: it has no parameters"),
        (
            ["SELECT :a", "--param", "a=1", "--param", "a=2"],
            "a parameter is given twice: give each --param NAME=VALUE once",
        ),
        (["--file", "/no/such.sql"], "/no/such.sql cannot be read: No such file or directory"),
        (["SELECT 1/0"], "division by zero"),
        (
            ["SELECT 1 AS a, 2 AS a", "--format", "json"],
            'two columns are named "a", and JSON would keep one of them: rename one with AS',
        ),
    ],
)
def test_what_cannot_be_answered_ends_in_one_sentence(ask: Ask, arguments: list[str], sentence: str) -> None:
    assert ask(*arguments) == Done(1, "", f"sparkify sql failed: {sentence}\n")


def test_a_file_that_is_not_utf_8_is_named(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "query.sql").write_bytes(b"SELECT '\xe9'")
    done = ask("--file", str(tmp_path / "query.sql"))
    assert done.stderr == f"sparkify sql failed: {tmp_path}/query.sql is not UTF-8: byte 9 is 0xe9\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["SELECT 1", "--file", "x"],
        ["SELECT 1", "--list"],
        ["SELECT 1", "--param", "x"],
        ["SELECT 1", "--param", "1=x"],
        ["SELECT 1", "--limit", "-1"],
    ],
)
def test_wrong_usage_is_exit_status_2(ask: Ask, arguments: list[str]) -> None:
    assert ask(*arguments).status == 2


def test_a_limit_says_that_it_left_rows_out(ask: Ask) -> None:
    done = ask("SELECT user_id FROM users ORDER BY 1", "--limit", "2", "--format", "csv")
    more = "only the first 2 rows are shown, there are more: --limit 0 shows all\n"
    assert done == Done(0, "user_id\n1\n2\n", more)
    assert ask("SELECT user_id FROM users ORDER BY 1", "--limit", "3", "--format", "csv").stderr == ""


def test_a_table_has_its_first_thousand_rows_and_csv_has_all(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(number,) for number in range(1234)]
    print_rows(["n"], rows, "table")
    table = capsys.readouterr()
    assert len(table.out.splitlines()) == 2 + 1000 + 1
    assert table.out.endswith("(the first 1,000 rows)\n")
    assert table.err == "only the first 1,000 rows are shown, there are more: --limit 0 shows all\n"
    print_rows(["n"], rows, "table", 0)
    assert len(capsys.readouterr().out.splitlines()) == 2 + 1234 + 1
    print_rows(["n"], rows, "csv")
    assert len(capsys.readouterr().out.splitlines()) == 1 + 1234


@pytest.mark.parametrize(("form", "limit"), [("table", None), ("table", 5), ("csv", 5), ("json", 5)])
def test_one_row_more_than_is_shown_is_read(form: str, limit: int | None, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = count()
    print_rows(["n"], ((number,) for number in numbers), form, limit)
    assert next(numbers) == (limit or 1000) + 1
    assert "there are more" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_program_gets_each_row_as_it_is_read(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    sizes = []

    def rows() -> Iterator[tuple[object, ...]]:
        for number in range(3):
            sizes.append(len(written.getvalue()))
            yield number, "two\nlines"

    print_rows(["n", "text"], rows(), form)
    assert len(set(sizes)) == 3
    if form == "json":
        shown = [{"n": number, "text": "two\nlines"} for number in range(3)]
        assert written.getvalue() == json.dumps(shown, indent=1) + "\n"


def test_json_of_no_rows_is_an_empty_list(ask: Ask) -> None:
    assert ask("SELECT 1 AS a FROM users WHERE 1 = 2", "--format", "json") == Done(0, "[]\n", "")


def test_the_rows_of_an_answer_are_computed_as_they_are_read(star: None) -> None:
    # a billion rows, and the last of them fails
    many = "songplays a, songplays b, songplays c, songplays d, songplays e, songplays f, songplays g, songplays h"
    divisor = "CASE WHEN h.user_id + g.user_id = 0 THEN 0 ELSE 1 END"
    statement = f"SELECT a.songplay_id, 1 / ({divisor}) AS x FROM {many}, songplays i, songplays j"
    with query("local", TypedQuery(statement)) as (columns, rows):
        assert columns == ["songplay_id", "x"]
        assert len(list(islice(rows, 2500))) == 2500


def test_an_error_among_the_rows_comes_after_those_before_it(ask: Ask) -> None:
    numbers = "WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 3000)"
    done = ask(f"{numbers} SELECT 1 / (2500 - a) AS x FROM n", "--format", "csv")
    assert (done.status, done.stderr) == (1, "sparkify sql failed: division by zero\n")
    assert len(done.stdout.splitlines()) == 1 + 2111  # the header, and what was fetched in steps of 1, 10, 100, 1,000


@pytest.mark.parametrize("statement", ["SHOW search_path", "SHOW timezone", "EXPLAIN SELECT 1", "(SELECT 1 AS a)"])
def test_what_no_cursor_is_declared_for_is_answered_too(ask: Ask, statement: str) -> None:
    done = ask(statement, "--format", "csv")
    assert (done.status, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2


def test_a_value_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(["a"], [("Song [live] [/b]",), ("two\nlines \x1b[31m",), ("evil\u202egpj",), ("",)], "table")
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert shown[2:] == ["Song [live] [/b]", r"two\nlines \x1b[31m", r"evil\u202egpj", "", "(4 rows)"]


def test_a_table_has_the_beginning_of_a_long_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(["a", "b"], [("x" * 1_000_000, 1), ("x" * CELL_CHARACTERS, 2)], "table")
    long, short = capsys.readouterr().out.splitlines()[2:4]
    assert long.split() == ["x" * CELL_CHARACTERS + "…", "(1,000,000", "characters)", "1"]
    assert short.split() == ["x" * CELL_CHARACTERS, "2"]


def test_json_has_the_number_or_its_text(ask: Ask) -> None:
    query = """
        SELECT SUM(session_id) AS whole, CAST(1.25 AS NUMERIC(9, 2)) AS fraction, 'NaN'::float8 AS no_number,
            CAST('12345678901234567890.123456789' AS NUMERIC(38, 9)) AS exact
        FROM songplays
    """
    assert json.loads(ask(query, "--format", "json").stdout) == [
        {"whole": 20, "fraction": 1.25, "no_number": "nan", "exact": "12345678901234567890.123456789"}
    ]


def test_a_terminal_too_narrow_for_a_table_gets_a_list(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("COLUMNS", "20")
    print_rows(["id", "song_title"], [(1, "A title that is longer than the terminal")], "table")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert [line.rstrip() for line in shown.splitlines()] == [
        "row 1",
        "  id          1",
        "  song_title  A title that is longer than the terminal",
        "(1 row)",
    ]


def test_neither_prefect_nor_great_expectations_is_waited_for() -> None:
    code = """
import sys
import cli.__main__, cli.query, cli.rows
print([name for name in ("prefect", "great_expectations", "pandas") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "[]\n"


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\uff1d1", "-1 day", "-"]
PLAIN = ["Bj\u00f6rk", "a=b", "-5", "+3.25", "-.5", "1e-3", "-1E+20", "", "2018-11-12", "me@x.example"]


def csv_of(form: str, capsys: pytest.CaptureFixture[str], *values: object) -> tuple[list[str], str]:
    """The cells of the one column that is printed, and what stderr says."""
    print_rows(["value"], [(value,) for value in values], form)
    printed = capsys.readouterr()
    return [cell for (cell,) in csv.reader(StringIO(printed.out, newline="")) if cell != "value"], printed.err


def test_csv_has_values_exactly_and_warns_once_of_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    cells, said = csv_of("csv", capsys, *FORMULAS, HOSTILE, "x")
    assert cells == [*FORMULAS, HOSTILE, "x"]
    assert said == (
        "10 cells of this CSV would be taken for a formula by a spreadsheet: for one, ask with --format csv-safe\n"
    )


def test_csv_without_formulas_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    values = [*filter(None, PLAIN), -5, Decimal("-0.5"), -1.5]
    assert csv_of("csv", capsys, *values) == ([*map(str, values)], "")


def test_safe_csv_has_an_apostrophe_before_formulas_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    values = [*FORMULAS, *filter(None, PLAIN), -5, Decimal("-0.5"), timedelta(days=-1)]
    cells, said = csv_of("csv-safe", capsys, *values)
    assert cells == [*(f"'{cell}" for cell in FORMULAS), *filter(None, PLAIN), "-5", "-0.5", "'-1 day, 0:00:00"]
    assert said == ""
    print_rows(["=1+1"], [], "csv-safe")
    assert capsys.readouterr().out == "'=1+1\n"


@pytest.mark.parametrize("form", ["csv", "csv-safe", "json", "table"])
def test_no_form_sends_a_terminal_what_it_would_obey(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", shown := Terminal())
    print_rows([HOSTILE], [(HOSTILE,)], form)
    text = shown.getvalue()
    assert is_plain(re.sub(r"\x1b\[[0-9;]*m", "", text) if form == "table" else text)  # the table has colours
    assert "\\u202egpj" in text


def test_json_writes_what_cannot_be_seen_as_escapes_of_the_same_value(capsys: pytest.CaptureFixture[str]) -> None:
    values = [HOSTILE, "tag \U000e0041 \U0001f3b5 Bj\u00f6rk \u6771"]
    print_rows(["value"], [(value,) for value in values], "json")
    printed = capsys.readouterr().out
    assert [row["value"] for row in json.loads(printed)] == values
    assert is_plain(printed)
    assert "\U0001f3b5 Bj\u00f6rk \u6771" in printed


def test_what_the_server_says_of_a_value_is_shown_as_it_can_be_seen(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "hostile.sql"
    file.write_bytes(f"SELECT CAST('{HOSTILE}' AS INTEGER)".replace("\r\n", "").encode())
    done = ask("--file", str(file))
    assert done.status == 1
    assert is_plain(done.stderr)
    assert f"sparkify sql failed: {file}" in done.stderr.splitlines()[-1]
    file.write_text("SELECT\tlvl, '\u202e' FROM users")
    *_, shown, mark, _ = ask("--file", str(file)).stderr.splitlines()
    assert (shown, mark) == ("SELECT lvl, '\\u202e' FROM users", "       ^")


LONG = "SELECT REPEAT('x', 1000000) AS long FROM songplays AS a CROSS JOIN songplays AS b"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--limit", "1", "--format", "csv"], ["--format", "csv"], []])
def test_long_rows_are_not_held_together(ask: Ask, arguments: list[str]) -> None:
    assert ask(LONG, "--limit", "1").status == 0  # what it imports is not counted
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        tracemalloc.start()
        try:
            status = main(["sql", LONG, *arguments])
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert status == 0
    assert peak_bytes < 40_000_000  # of 64 MB
