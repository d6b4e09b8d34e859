"""The pages that a run leaves for people."""

import re
from html import unescape
from pathlib import Path

import pytest

from expectations.run import Check, DataDocs, run_suites, staging_checks, star_checks
from tests.expectations.rows import execute
from warehouse import WarehouseConnection

LINK = re.compile(r'href="([^":]+\.html)"')


@pytest.fixture
def docs(tmp_path: Path) -> DataDocs:
    return DataDocs(tmp_path / "data-docs", "batch-1")


def index_of(docs: DataDocs) -> list[str]:
    """The rows of the index, as text."""
    rows = re.findall(r"<tr><td>(.*?)</td></tr>", docs.index.read_text())
    texts = (unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<td>\d{4}.*?</td>", "", row))) for row in rows)
    return [" ".join(text.split()) for text in texts]


def test_the_index_lists_every_run_the_latest_first(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    run_suites(good_rows, star_checks()[:1], docs)
    execute(good_rows, "UPDATE users SET level = 'gold', first_name = NULL")
    run_suites(good_rows, star_checks()[:2], DataDocs(docs.folder, "late <night>"))
    assert index_of(docs) == [
        "late <night> users 1 failed, 1 warned, 11 passed artists 9 passed",
        "batch-1 users 13 passed",
    ]


def test_every_link_between_pages_leads_somewhere(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    run_suites(good_rows, star_checks(), docs)
    pages = sorted(docs.folder.rglob("*.html"))
    assert len(pages) == 11
    for page in pages:
        for link in LINK.findall(page.read_text()):
            assert (page.parent / link).resolve() in pages, f"{page} links to {link}"


def test_a_page_shows_what_broke_as_text(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    execute(good_rows, "UPDATE staging_events SET gender = '<i>X', auth = '<i>Out' WHERE iteminsession = 1")
    run_suites(good_rows, staging_checks(["events"]), docs)
    [page] = docs.folder.glob("validations/staging_events/batch-1/*/rows.html")
    text = page.read_text()
    assert "critical: gender is F, M or not known" in text
    assert "gender &lt;i&gt;X, page NextSong, userid 8" in text
    assert "WHERE gender NOT IN (&#x27;F&#x27;, &#x27;M&#x27;)" in text
    assert "<td" in text.partition("&lt;i&gt;Out")[0]
    assert "<i>X" not in text
    assert "<i>Out" not in text


def test_a_run_that_could_not_be_checked_has_its_page_too(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    execute(good_rows, "ALTER TABLE artists DROP COLUMN latitude")
    run_suites(good_rows, star_checks()[1:2], docs)
    assert index_of(docs) == ["batch-1 artists 2 failed, 7 passed"]


def test_an_error_is_shown_as_text(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    execute(good_rows, "UPDATE staging_events SET song = '<script>x'")
    run_suites(
        good_rows, [Check("staging_events", "SELECT * FROM staging_events WHERE CAST(song AS INTEGER) > 1")], docs
    )
    [page] = docs.folder.glob("validations/staging_events/batch-1/*/rows.html")
    assert 'invalid input syntax for type integer: "&lt;script&gt;x"' in page.read_text()
    assert "<script>x" not in page.read_text()


def test_the_last_words_of_an_interrupted_run_do_not_stop_the_next(
    good_rows: WarehouseConnection, docs: DataDocs
) -> None:
    run_suites(good_rows, star_checks()[1:2], docs)
    with (docs.folder / "runs.jsonl").open("a") as history:
        history.write('\n{"run_name": "cut o')
    run_suites(good_rows, star_checks()[1:2], docs)
    run_suites(good_rows, star_checks()[1:2], docs)
    assert index_of(docs) == ["batch-1 artists 9 passed"] * 3
