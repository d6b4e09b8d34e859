"""Parameters and places in SQL that a person typed."""

import pytest

from client.statement import trace_unchanged
from local_redshift.dialect.translation import trace, translate
from warehouse import UntranslatableSql
from warehouse.typed_sql import line_and_column, place_in, place_without_placeholders, with_placeholders


@pytest.mark.parametrize(
    ("written", "bindable", "names"),
    [
        ("SELECT :a, :b_2, :a", "SELECT %(a)s, %(b_2)s, %(a)s", ["a", "b_2"]),
        ("SELECT :level WHERE x LIKE 'a%'", "SELECT %(level)s WHERE x LIKE 'a%%'", ["level"]),
        ("SELECT 'a%', 5 % 2", "SELECT 'a%', 5 % 2", []),
        ("SELECT a::int, ':b', \":c\" -- :d\n/* :e */", "SELECT a::int, ':b', \":c\" -- :d\n/* :e */", []),
        (r"SELECT 'it\'s :a', :b", r"SELECT 'it\'s :a', %(b)s", ["b"]),
        ("SELECT x[1:n], : a, :1", "SELECT x[1:n], : a, :1", []),
        ("SELECT :a::int", "SELECT %(a)s::int", ["a"]),
    ],
)
def test_a_name_after_a_colon_is_a_parameter(written: str, bindable: str, names: list[str]) -> None:
    assert with_placeholders(written) == (bindable, names)


def test_a_text_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(UntranslatableSql) as refusal:
        with_placeholders("SELECT 'abc")
    assert str(refusal.value) == "the statement cannot be read: a ' is opened and not closed"


def place_of(written: str, marked: str, values: dict[str, str]) -> int | None:
    """Find the place in a text of the last `marked` in what it is sent as, each value standing for its parameter."""
    bindable, names = with_placeholders(written)
    [translated] = translate(bindable)
    sent, traced = (str(text) % values if names else str(text) for text in (translated, trace(bindable)))
    place = place_in(traced, f"DECLARE c CURSOR FOR {sent}", 21 + sent.rindex(marked))
    return None if place is None else place_without_placeholders(written, place)


@pytest.mark.parametrize(
    ("written", "marked"),
    [
        ("SELECT lvl FROM t", "lvl"),
        ("SELECT NVL(lvl, 'x') FROM t", "lvl"),
        ("SELECT DATEDIFF(day, a, b),\n       lvl\nFROM t", "lvl"),
        ("SELECT day, DATEDIFF(day, a, lvl) FROM t", "lvl"),
        ("SELECT lvl FROM t WHERE lvl2 = :a AND NVL(b, 1) = 2 AND lvl3 = :c", "lvl3"),
        ("SELECT a FROM t WHERE\n  NVL(a, b) = :a AND a % 2 = 1 AND\n\n  c = :c AND lvl = 1", "lvl"),
        ("SELECT TOP 3 a, NVL(b, lvl) AS b FROM t x QUALIFY RANK() OVER (ORDER BY a) = 1 ORDER BY lvl2", "lvl2"),
        ("EXPLAIN SELECT NVL(a, lvl) FROM t", "lvl"),
    ],
)
def test_a_place_in_what_is_sent_is_found_in_what_was_written(written: str, marked: str) -> None:
    assert place_of(written, marked, dict.fromkeys("ac", "'a longer value of lvl'")) == written.rindex(marked)


@pytest.mark.slow
def test_a_place_in_a_long_statement_is_found_by_reading_it_once() -> None:
    columns = ", ".join(f"NVL(NVL(a, b), 0) AS c{number}" for number in range(2000))
    written = f"SELECT {columns} FROM t WHERE NVL(a, lvl) = 1"
    assert place_of(written, "lvl", {}) == written.index("lvl")


def test_a_value_that_is_refused_stands_for_its_parameter() -> None:
    written = "SELECT a FROM t WHERE a = :a LIMIT 1"
    assert place_of(written, "'x'", {"a": "'x'"}) == written.index(":a")


def test_a_place_in_another_text_is_not_known() -> None:
    assert place_in(trace("SELECT 1"), "SELECT 2", 7) is None


def test_a_place_in_a_statement_that_needs_no_translation_is_found() -> None:
    assert place_in(trace_unchanged("SELECT %(a)s, lvl -- x") % {"a": "'xyz'"}, "SELECT 'xyz', lvl -- x", 14) == 14


def test_lines_and_columns_count_from_one() -> None:
    assert [line_and_column("ab\ncd", at) for at in (0, 1, 3, 4)] == [(1, 1), (1, 2), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    ("sql", "marked"),
    [
        ("SELECT a, nosuch(1) FROM t", "nosuch"),
        ("SELECT a FROM t\nWHERE a ~* 'x' AND NOW() > b", "a ~*"),
        ("SELECT a FROM t WHERE a = $1", "$1"),
        ("SELECT a,\n b AS\nFROM t +", "t +"),
        ("SELECT SUM(a) OVER (ORDER BY b) FROM t", "SUM"),
    ],
)
def test_a_refusal_knows_its_place(sql: str, marked: str) -> None:
    with pytest.raises(UntranslatableSql) as refusal:
        translate(sql)
    assert refusal.value.position == sql.index(marked)
