"""The pages that a run leaves for people."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver import Chrome

from expectations.pages.data_docs_index import add_run, prune, runs
from expectations.pages.store import DataDocs
from expectations.running.checks import Check, staging_checks, star_checks
from expectations.running.run import run_suites
from tasks.validate.data_docs import ObjectPageStore
from tests import browser
from tests.expectations.rows import execute
from tests.hostile import is_plain
from tests.variants import often
from warehouse import Store, WarehouseConnection

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK = re.compile(r'href="([^":]+\.html)"')

USERS, ARTISTS = (next(each for each in star_checks() if each.table == table) for table in ("users", "artists"))


@pytest.fixture
def docs(tmp_path: Path) -> DataDocs:
    return docs_of(tmp_path, "batch-1")


def docs_of(folder: Path, run_name: str) -> DataDocs:
    return DataDocs(f"file://{folder}/data-docs/", run_name, ObjectPageStore(Store()))


def folder_of(docs: DataDocs) -> Path:
    return Path(docs.url.removeprefix("file://"))


def index_of(docs: DataDocs) -> list[str]:
    """The rows of the index, as text."""
    rows = re.findall(r"<tr><td>(.*?)</td></tr>", (folder_of(docs) / "index.html").read_text())
    texts = (unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<td><span>\d{4}.*?</td>", "", row))) for row in rows)
    return [" ".join(text.split()) for text in texts]


@pytest.mark.slow
def test_the_index_lists_every_run_the_latest_first(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    run_suites(good_rows, [USERS], docs)
    execute(good_rows, "UPDATE users SET level = 'gold', first_name = NULL")
    run_suites(good_rows, [USERS, ARTISTS], replace(docs, run_name="late <night>"))
    assert index_of(docs) == [
        "late <night> users 1 failed, 1 warned, 11 passed artists 9 passed",
        "batch-1 users 13 passed",
    ]


@pytest.mark.slow
def test_a_batch_has_one_row_for_its_staging_and_its_star(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    run_suites(good_rows, staging_checks(["songs"]), docs)
    run_suites(good_rows, [ARTISTS], replace(docs, run_name="batch-2"))
    run_suites(good_rows, [USERS], docs)
    assert index_of(docs) == ["batch-1 staging_songs 22 passed users 13 passed", "batch-2 artists 9 passed"]


@pytest.mark.parametrize("left", [b"", b'{"run_name": "batch-1", "ru', b"[1]", b'{"run_name": "batch-1"}', b"\xff"])
def test_what_a_killed_run_left_beside_the_entries_is_in_nobodys_way(docs: DataDocs, left: bytes) -> None:
    at = datetime(2018, 11, 1, tzinfo=UTC)
    add_run(docs, at, [])
    for name in ("tmpk2l7q3b9", "20181102T000000000000-batch-2.json"):
        (folder_of(docs) / "runs" / name).write_bytes(left)
    add_run(replace(docs, run_name="batch-3"), at, [])
    assert [run.run_name for run in runs(docs)] == ["batch-1", "batch-3"]
    assert prune(docs, 1) == 1
    assert [run.run_name for run in runs(docs)] == ["batch-3"]


def test_every_link_between_pages_leads_somewhere(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    run_suites(good_rows, star_checks(), docs)
    pages = sorted(folder_of(docs).rglob("*.html"))
    assert len(pages) == 13
    for page in pages:
        for link in LINK.findall(page.read_text()):
            assert (page.parent / link).resolve() in pages, f"{page} links to {link}"


def test_a_page_shows_what_broke_as_text(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    execute(good_rows, "UPDATE staging_events SET level = '<i>X', auth = '<i>Out' WHERE iteminsession = 1")
    run_suites(good_rows, staging_checks(["events"]), docs)
    [page] = folder_of(docs).glob("validations/staging_events/batch-1/*/rows.html")
    text = page.read_text()
    assert "critical: level is free or paid" in text
    assert "level &lt;i&gt;X, page NextSong, userid 8" in text
    assert "WHERE level NOT IN (&#x27;free&#x27;, &#x27;paid&#x27;)" in text
    assert "<td" in text.partition("&lt;i&gt;Out")[0]
    assert "<i>X" not in text
    assert "<i>Out" not in text


def test_a_page_shows_what_cannot_be_seen(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    execute(good_rows, "UPDATE staging_events SET method = '\u202e', auth = '\x1b[2J\u200b' WHERE iteminsession = 1")
    run_suites(good_rows, staging_checks(["events"]), replace(docs, run_name="audit-\u202egpj"))
    for page in folder_of(docs).rglob("*.html"):
        assert is_plain(page.read_bytes().decode())
    [page] = folder_of(docs).glob("validations/staging_events/*/*/rows.html")
    assert "auth \\x1b[2J\\u200b" in page.read_text()
    assert "method \\u202e, page NextSong" in page.read_text()
    assert "audit-\\u202egpj" in index_of(docs)[0]


def test_a_run_that_could_not_be_checked_has_its_page_too(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    execute(good_rows, "ALTER TABLE artists DROP COLUMN latitude")
    run_suites(good_rows, [ARTISTS], docs)
    assert index_of(docs) == ["batch-1 artists 2 failed, 7 passed"]


def test_an_error_is_shown_as_text(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    execute(good_rows, "UPDATE staging_events SET song = '<script>x'")
    run_suites(
        good_rows, [Check("staging_events", "SELECT * FROM staging_events WHERE CAST(song AS INTEGER) > 1")], docs
    )
    [page] = folder_of(docs).glob("validations/staging_events/batch-1/*/rows.html")
    assert 'invalid input syntax for type integer: "&lt;script&gt;x"' in page.read_text()
    assert "<script>x" not in page.read_text()


@pytest.mark.slow
def test_old_runs_are_forgotten_with_their_pages(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    for number in (1, 2, 2, 3):
        run_suites(good_rows, [ARTISTS], replace(docs, run_name=f"batch-{number}"))
    assert prune(docs, keep=2) == 1
    assert index_of(docs) == ["batch-3 artists 9 passed", "batch-2 artists 9 passed artists 9 passed"]
    assert {page.parts[-3] for page in folder_of(docs).glob("validations/**/*.html")} == {"batch-2", "batch-3"}
    assert [run.run_name for run in runs(docs)] == ["batch-2", "batch-2", "batch-3"]
    assert prune(docs, keep=2) == 0


def test_runs_that_end_at_the_same_time_are_all_listed(docs: DataDocs) -> None:
    at = datetime(2018, 11, 12, tzinfo=UTC)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add_run(replace(docs, run_name=f"batch-{number}"), at, []), range(8)))
    assert {run.run_name for run in runs(docs)} == {f"batch-{number}" for number in range(8)}


@pytest.mark.slow
def test_pages_are_kept_on_s3_as_in_a_folder(good_rows: WarehouseConnection, s3: "S3Client") -> None:
    docs = DataDocs("s3://lake/work/data-docs/", "batch-1", ObjectPageStore(Store()))
    run_suites(good_rows, [ARTISTS], docs)
    run_suites(good_rows, [ARTISTS], replace(docs, run_name="batch-2"))
    assert prune(docs, keep=1) == 1
    keys = [found["Key"].rpartition("/")[2] for found in s3.list_objects_v2(Bucket="lake")["Contents"]]
    assert sorted(key for key in keys if key.endswith(".html")) == ["artists.html", "index.html", "rows.html"]
    index = s3.get_object(Bucket="lake", Key="work/data-docs/index.html")
    assert index["ContentType"] == "text/html"
    assert b"batch-2" in index["Body"].read()


def test_no_page_loads_anything(good_rows: WarehouseConnection, docs: DataDocs) -> None:
    execute(good_rows, "UPDATE users SET level = 'gold'")
    run_suites(good_rows, star_checks(), docs)
    for page in folder_of(docs).rglob("*.html"):
        text = page.read_text()
        loaded = re.findall(r"<(?:script|img|iframe|object)\b|(?:src|href|data)=\"https?:|url\(|@import", text)
        assert (page.name, loaded) == (page.name, [])
        assert text.count("<title>") == 1


@pytest.mark.parametrize(
    ("width", "scheme"),
    often([(1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")], 2),
)
def test_anybody_can_read_a_page_without_a_network(
    good_rows: WarehouseConnection, docs: DataDocs, width: int, scheme: str, chromium: Chrome
) -> None:
    execute(good_rows, "UPDATE users SET level = 'gold', first_name = NULL")
    execute(good_rows, "UPDATE staging_events SET auth = 'Out' WHERE iteminsession = 1")
    run_suites(good_rows, [*staging_checks(["events"])[:1], USERS], docs)
    for page in folder_of(docs).rglob("*.html"):
        chromium.get_log("browser")
        browser.look(chromium, page, width, scheme)
        assert chromium.get_log("browser") == []
        assert (page.name, browser.violations(chromium)) == (page.name, [])
        assert chromium.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
        assert "level" in chromium.find_element("tag name", "body").text or page.name == "index.html"
