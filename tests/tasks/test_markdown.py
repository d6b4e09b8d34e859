"""Artifacts show names and values as text: no link, no image, no HTML, no other table."""

import re
from html import unescape

import mistune
import pytest

from expectations.running.results import SuiteResult, Violation
from tasks.markdown import markdown, markdown_lines
from tasks.provision.infrastructure import list_resources
from tasks.report import Summary, TableChange
from tasks.validate.bad_rows import BadRow
from tasks.validate.failed_expectations import _row
from tasks.validate.quarantine import Reason
from tests.hostile import HOSTILE, SEEN
from warehouse.redshift.ownership import Resource

TEXTS = [
    HOSTILE,
    "[here](javascript:alert(1)) <img src=x onerror=alert(1)> <!-- x",
    "`code` **bold** _under_ ~~gone~~ a_b_c # 1",
    "http://x.example www.x.example https://x.example?a=b&lt;c ftp://x.example",
    "me@x.example <me@x.example>",
    "back\\slash \\| \\\\| ends\\",
]
MADE = re.compile(r"<(?!/?(?:p|ul|li|h1|table|thead|tbody|tr|th|td|br)\b)")


def html_of(text: str) -> str:
    return str(mistune.create_markdown(plugins=["url", "table", "strikethrough"])(text))


def words(html: str) -> str:
    return unescape(re.sub(r"</?(?:p|ul|li|h1|table|thead|tbody|tr|th|td)\b[^>]*>", "", html)).strip()


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_shown_as_it_is_in_a_line_a_list_and_a_cell(text: str) -> None:
    seen = SEEN if text == HOSTILE else text
    assert words(html_of(markdown(text))) == seen
    items = re.findall(r"<li>(.*?)</li>", html_of(markdown_lines(f"two rows:\n- {seen}\n- y")))
    assert [unescape(item) for item in items] == [seen, "y"]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", html_of(f"| a | b |\n|---|---|\n| {markdown(text)} | 1 |"))
    assert [unescape(cell) for cell in cells] == [seen, "1"]


def bad_row() -> BadRow:
    return BadRow("events", f"s3://lake/{HOSTILE}", 7, "level", "1204", f"{HOSTILE!r} is too long", HOSTILE)


def test_the_summary_shows_reasons_as_text() -> None:
    changes = (TableChange("users", 0, 1, 0, 0, 1),)
    html = html_of(Summary(1, "Batch 1", changes, (Reason(3, bad_row()),), 3).markdown())
    assert MADE.findall(html) == []
    assert f"first at s3://lake/{SEEN} line 7: " in unescape(html)


@pytest.mark.parametrize("place", ["s3://w", "file:///w"])
def test_the_summary_has_one_link_to_the_data_docs(place: str) -> None:
    html = html_of(Summary(1, "Batch 1", data_docs=f"{place}/{HOSTILE})").markdown())
    assert re.fullmatch(r"<h1>Batch 1</h1>\n<p><a href=\"[^\"<> ]+\">Data Docs</a></p>\n", html)


def test_a_row_of_the_table_of_failed_expectations_shows_values_as_text() -> None:
    violation = Violation(
        "users", "in_set", "level", "critical", "level is free or paid", f"is not one of {HOSTILE}", 1,
        ({"level": HOSTILE},), "SELECT *\nFROM users", locations=(str(bad_row()),),
    )  # fmt: skip
    cells = _row(violation)
    assert words(html_of(str(cells["examples"]))) == f"level {SEEN}"
    assert all(MADE.findall(html_of(str(cell))) == [] for cell in cells.values())
    assert words(html_of(str(cells["query of all rows"]))) == "SELECT *\nFROM users"


def test_a_violation_is_one_line() -> None:
    violation = Violation("users", "in_set", None, "critical", "d", f"could not be checked: {HOSTILE}")
    assert str(violation) == f"users: could not be checked: {SEEN} (d)"
    assert SuiteResult("users", 0, 1, (violation,), 0.1).critical == (violation,)


def test_the_list_of_resources_keeps_to_its_cells() -> None:
    html = html_of(list_resources("prod on AWS", [Resource("bucket", HOSTILE, "created", "a|b")]))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", html)
    assert [unescape(cell) for cell in cells] == ["bucket", SEEN, "created", "a|b"]
