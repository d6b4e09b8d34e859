"""The pages beside Prefect's: who knows their address reads them, and nothing else of the home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cli.pages import pages_url, with_pages

ADDRESS = "http://127.0.0.1:4200"
URL = pages_url(ADDRESS, "sparkify:canary")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    """A browser of a server whose own page is `prefect`, and whose home has a page and a secret."""
    prefect = Starlette(routes=[Route("/{rest:path}", lambda _: PlainTextResponse("prefect"))])
    with TestClient(with_pages(prefect, URL, tmp_path), ADDRESS) as client:
        (tmp_path / "secret").write_text("canary")
        (tmp_path / "reports/insights.html").write_text("<p>plays</p>")
        (tmp_path / "reports/link").symlink_to(tmp_path / "secret")
        yield client


def test_a_page_is_served_as_a_sandbox(browser: TestClient) -> None:
    page = browser.get(f"{URL}reports/insights.html")
    assert (page.status_code, page.text) == (200, "<p>plays</p>")
    assert page.headers["content-security-policy"] == "sandbox"
    assert page.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["secret", "reports/link", "reports/%2e%2e/secret", "reports", "data-docs/", ""])
def test_nothing_else_of_the_home_is_served(browser: TestClient, path: str) -> None:
    assert browser.get(URL + path).status_code == 404


def test_pages_are_only_read_and_only_below_the_secret(browser: TestClient) -> None:
    assert browser.put(f"{URL}reports/insights.html").status_code == 405
    assert browser.get(f"{ADDRESS}/pages/guessed/reports/insights.html").text == "prefect"
    assert "canary" not in URL
    assert pages_url(ADDRESS, "sparkify:other") != URL
