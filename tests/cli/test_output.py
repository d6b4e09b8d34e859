"""Where an answer goes: a file that is whole or not there, a pager, a terminal whose locale lacks characters."""

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from cli.__main__ import main
from cli.output import going_to
from cli.rows import print_rows


def ask(statement: str, *arguments: str) -> int:
    return main(["sql", statement, *arguments])


@pytest.mark.parametrize(
    ("name", "arguments", "content"),
    [
        ("a.csv", (), "a,b\né,1\n"),
        ("A.CSV", (), "a,b\né,1\n"),
        ("a.json", (), '[\n {\n  "a": "é",\n  "b": 1\n }\n]\n'),
        ("a.txt", (), "a   b\n─────\né   1\n(1 row)\n"),
        ("a", ("--format", "csv"), "a,b\né,1\n"),
    ],
)
def test_an_answer_goes_to_a_file_in_the_format_that_its_suffix_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, arguments: tuple[str, ...], content: str
) -> None:
    out = tmp_path / name
    out.write_text("what was there before")
    assert ask("SELECT 'é' AS a, 1 AS b", "--out", str(out), *arguments) == 0
    assert out.read_text(encoding="utf-8") == content
    assert capsys.readouterr().out == f"1 row in {out}\n"


def test_an_answer_that_breaks_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    (out := tmp_path / "a.csv").write_text("what was there before")
    assert ask("SELECT 1 / 0 AS a", "--out", str(out)) == 1
    assert ask("SELECT 1 AS a, 2 AS a", "--out", str(out), "--format", "json") == 1
    assert [(path, path.read_text()) for path in tmp_path.iterdir()] == [(out, "what was there before")]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--out", "a.parquet"], "the suffix names no format: name .csv, .json, .txt, or give --format"),
        (["--out", "a"], "the suffix names no format"),
        (["--out", "/nowhere/a.csv"], "there is no folder /nowhere"),
        (["--out", "/", "--format", "csv"], "is a folder: name a file, such as /answer.csv"),
        (["--out", "a.csv", "--pager"], "--out and --pager exclude each other"),
    ],
)
def test_a_file_that_cannot_be_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert ask("SELECT 1", *arguments) == 2
    assert reason in capsys.readouterr().err


class Terminal(io.TextIOWrapper):
    """A terminal of an encoding, whose screen is a file."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="backslashreplace")

    def isatty(self) -> bool:
        return True

    def screen(self) -> str:
        self.seek(0)
        return self.read()


@pytest.fixture
def pager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a pager has shown, which reads two lines and no more."""
    shown = tmp_path / "shown"
    code = f"import sys; open({str(shown)!r}, 'w').writelines([sys.stdin.readline() for _ in range(2)])"
    monkeypatch.setenv("PAGER", f'{sys.executable} -c "{code}"')
    return shown


def test_a_pager_is_for_a_terminal_and_may_have_had_enough(pager: Path) -> None:
    with redirect_stdout(Terminal()) as terminal:
        with going_to(None, pager=True):
            print_rows(["n"], ((number,) for number in range(200_000)), "csv")
        assert terminal.screen() == ""
    assert pager.read_text() == "n\n0\n"
    pager.unlink()
    with redirect_stdout(io.StringIO()) as pipe, going_to(None, pager=True):
        print_rows(["n"], [(1,)], "csv")
    assert (pipe.getvalue(), pager.exists()) == ("n\n1\n", False)


def test_a_pager_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "no-such-pager -x")
    with (
        redirect_stdout(Terminal()),
        pytest.raises(OSError, match="PAGER=no-such-pager -x cannot be run: No such file or directory; name another"),
        going_to(None, pager=True),
    ):
        pass


def test_a_table_has_nothing_that_the_locale_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "3000")
    with redirect_stdout(Terminal("ascii")) as terminal:
        print_rows(["é"], [("Björk",), ("x" * 3000,)], "table")
    [name, rule, first, second, count] = terminal.screen().splitlines()
    assert set(rule) == {"-"}
    assert (first.strip(), len(first), count) == (r"Bj\xf6rk", len(rule), "(2 rows)")
    assert second.endswith("... (3,000 characters)")
    assert r"\xe9" in name


def test_json_has_every_value_in_any_locale_and_csv_does_not_change_one() -> None:
    with redirect_stdout(Terminal("ascii")) as terminal:
        print_rows(["a"], [("Björk",)], "json")
        assert '"a": "Bj\\u00f6rk"' in terminal.screen()
        with pytest.raises(ValueError, match=r"ascii, the encoding of this locale, has no '\\xf6': write a file"):
            print_rows(["a"], [("Björk",)], "csv")
