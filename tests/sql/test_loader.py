"""The loader of SQL files, and what every file must have."""

from pathlib import Path

import pytest

import sql
from sql.datasets import LAKE, STAGING
from sql.tables import STAR

FILES = sorted(path.relative_to(sql.FOLDER) for path in sql.FOLDER.glob("*/*.sql"))


class Recorder:
    """A cursor that notes what it is asked to execute."""

    rowcount = 3
    description = (("answer", None),)

    def __init__(self) -> None:
        self.executed: list[tuple[str, dict[str, object]]] = []

    def execute(self, query: str, parameters: dict[str, object], /) -> None:
        self.executed.append((query, parameters))

    def fetchall(self) -> list[tuple[object, ...]]:
        return [(len(self.executed),)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sql, "FOLDER", tmp_path)
    sql.read.cache_clear()
    return tmp_path


def test_statements_are_split_outside_of_strings_and_comments(folder: Path) -> None:
    (folder / "a.sql").write_text("-- one; two\nSELECT ';', \"a;b\";\n\nSELECT 'it''s; so'; -- the end;\n")
    assert sql.statements("a") == ("-- one; two\nSELECT ';', \"a;b\"", "SELECT 'it''s; so'")


def test_parameters_are_named_for_the_driver_and_nothing_else_is_touched(folder: Path) -> None:
    (folder / "a.sql").write_text("SELECT :a, b::INT, ':c', 'x:d', 5 % 2 -- :e\nWHERE f LIKE 'g%'")
    assert sql.statements("a") == ("SELECT %(a)s, b::INT, ':c', 'x:d', 5 %% 2 -- :e\nWHERE f LIKE 'g%%'",)


def test_every_statement_gets_the_parameters_and_the_last_answers(folder: Path) -> None:
    (folder / "a.sql").write_text("DELETE FROM t;\nSELECT :n;")
    cursor = Recorder()
    assert sql.fetch(cursor, "a", n=1) == [(2,)]
    assert cursor.executed == [("DELETE FROM t", {"n": 1}), ("SELECT %(n)s", {"n": 1})]
    assert sql.run(cursor, "a", n=1) == 3
    assert sql.fetch_named(cursor, "a", n=1) == [{"answer": 6}]


def test_statements_may_go_as_one_request_and_none_is_sent_for_none(folder: Path) -> None:
    (folder / "a.sql").write_text("DELETE FROM t;\nSELECT :n;")
    (folder / "b.sql").write_text("-- For each :part:\nANALYZE :part;\n-- End.\n")
    cursor = Recorder()
    sql.run_at_once(cursor, "a", n=1)
    sql.run_at_once(cursor, "b", {"part": []})
    assert cursor.executed == [("DELETE FROM t;\nSELECT %(n)s", {"n": 1})]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_file_opens_with_its_grain(file: Path) -> None:
    assert (sql.FOLDER / file).read_text().startswith("-- ")
    each = {"star": STAR, "staging": STAGING, "lake": LAKE, "column": ["title"], "key": ["song_id"]}
    assert sql.statements(str(file.with_suffix("")), each)


EACH = (
    "-- For each :part, with UNION ALL between:\nSELECT :part_name, :part_rows, ':part' FROM :part\n-- End.\nLIMIT 1;"
)


def test_what_is_the_same_for_several_tables_is_written_once(folder: Path) -> None:
    (folder / "a.sql").write_text(EACH)
    (folder / "create").mkdir()
    for table in ("users", "time"):
        (folder / f"create/{table}.sql").touch()
    assert sql.statements("a", {"part": ["users", "time"]}) == (
        "SELECT 'users', %(users_rows)s, ':part' FROM users\nUNION ALL\n"
        "SELECT 'time', %(time_rows)s, ':part' FROM time\nLIMIT 1",
    )


@pytest.mark.parametrize("name", ["users; DROP TABLE time", "../create/users", "batches", "users -- ", ""])
def test_no_text_becomes_sql_that_is_not_the_name_of_a_table(folder: Path, name: str) -> None:
    (folder / "a.sql").write_text(EACH)
    (folder / "create").mkdir()
    (folder / "create/users.sql").touch()
    with pytest.raises(ValueError, match="is no table of sql/create"):
        sql.statements("a", {"part": ["users", name]})
