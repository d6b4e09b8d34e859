"""The pages that show what the suites found, run by run, for people.

Each page is rendered by Great Expectations. The index is our own: theirs opens every result ever stored, and shows
nothing where the browser cannot load scripts from other hosts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html import escape

from expectations.pages.data_docs_index import SuitePage, add_run, slug
from expectations.pages.offline import offline
from expectations.pages.store import DataDocs
from expectations.running.gx import (
    DefaultJinjaPageView,
    ExpectationSuite,
    ExpectationSuitePageRenderer,
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
    RenderedDocumentContent,
    RunIdentifier,
    ValidationResultsPageRenderer,
)
from expectations.running.results import SuiteResult
from expectations.running.violations import exceptions_of
from lake.printable import printable_lines


@dataclass(frozen=True)
class Validated:
    """A suite, its result, and the library's own result object."""

    suite: ExpectationSuite
    result: SuiteResult
    page: ExpectationSuiteValidationResult


def write_pages(docs: DataDocs, validated: Sequence[Validated]) -> None:
    """Write a page for each suite of this run, and the index of all runs."""
    site = _Site(docs, datetime.now(UTC), _view())
    add_run(docs, site.at, [site.write(each) for each in validated])


@cache
def _view() -> DefaultJinjaPageView:
    """Return the view of all pages: each that is made compiles all templates anew."""
    return DefaultJinjaPageView()


@dataclass(frozen=True)
class _Site:
    docs: DataDocs
    at: datetime
    view: DefaultJinjaPageView

    def write(self, validated: Validated) -> SuitePage:
        """Write the page of one suite's result and that of the suite itself, and return its entry in the index."""
        result, page = validated.result, validated.page
        for outcome in page.results:
            _complete(outcome)
        page.meta["run_id"] = RunIdentifier(run_name=self.docs.run_name, run_time=self.at)
        page.success = not result.critical
        # The links between pages count on these folders: the index is four above a result, one above a suite.
        path = f"validations/{result.table}/{slug(self.docs.run_name)}/{self.at:%Y%m%dT%H%M%S%f}/rows.html"
        title = f"{result.table}, {self.docs.run_name}"
        self._render(path, title, ValidationResultsPageRenderer().render(page))
        suite = ExpectationSuitePageRenderer().render(validated.suite)
        self._render(f"expectations/{result.table}.html", result.table, suite)
        return SuitePage(result.table, path, result.passed, len(result.critical), len(result.warnings))

    def _render(self, path: str, title: str, content: RenderedDocumentContent) -> None:
        page = self.view.render(content, show_how_to_buttons=False)
        shown = printable_lines(offline(page, title).expandtabs())
        self.docs.store.write(self.docs.url + path, shown.encode())


def _complete(outcome: ExpectationValidationResult) -> None:
    """Add what a page would miss, and make text out of what it would take for HTML."""
    config, found = outcome.expectation_config, outcome.result
    config.description = f"{config.severity.value}: {config.description}"
    for exception in exceptions_of(outcome):
        exception["exception_traceback"] = escape(exception["exception_traceback"])
    if "column_list" in config.kwargs:
        found.setdefault("observed_value", config.kwargs["column_list"] if outcome.success else [])
    elif outcome.success and "unexpected_rows_query" in config.kwargs:
        found["observed_value"] = 0
    elif outcome.success and "column" in config.kwargs:
        found["unexpected_percent"] = 0.0
    elif found.get("examples"):
        found["unexpected_index_query"] = escape(found["unexpected_index_query"])
        found["examples"] = [{name: escape(_text(value)) for name, value in row.items()} for row in found["examples"]]
        found["partial_unexpected_list"] = [
            ", ".join(f"{name} {value}" for name, value in reversed(row.items())) for row in found["examples"]
        ]


def _text(value: object) -> str:
    return "NULL" if value is None else str(value)
