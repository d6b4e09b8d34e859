"""What the pages promise is proved by the tests that they name, and what they link to is there."""

import re
from pathlib import Path

import pytest

from tests.tree import PAGES, ROOT

NAMED = re.compile(r"`(?:(tests/[\w/]+\.py)(?:::(test_\w+))?|(test_\w+))`")


LINK = re.compile(r"\]\((?!https?:|#)([^)\s#]+)")


def promises(page: str, heading: str) -> list[str]:
    section = (ROOT / page).read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    return ("\n" + section.partition("\n## ")[0]).split("\n- ")[1:]


def defined(file: str) -> list[str]:
    return re.findall(r"^def (test_\w+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    ("page", "heading"),
    [("README.md", "What you can rely on"), ("tests/README.md", "The guarantees, each with its tests")],
)
def test_every_promise_names_tests_that_exist(page: str, heading: str) -> None:
    everywhere = {name for file in ROOT.glob("tests/**/test_*.py") for name in defined(str(file))}
    assert len(promises(page, heading)) > 10
    for promise in promises(page, heading):
        named = NAMED.findall(promise)
        assert named, promise
        for file, in_file, alone in named:
            assert not file or (ROOT / file).is_file(), file
            assert not in_file or in_file in defined(file), in_file
            assert not alone or alone in everywhere, alone


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
