"""The pages that show what the suites found, run by run, for people.

Each page is rendered by Great Expectations. The index is our own: theirs opens every result ever stored, and shows
nothing where the browser cannot load scripts from other hosts. What it lists is kept in `runs.jsonl`, one run a line.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from expectations.gx import (
    DefaultJinjaPageView,
    ExpectationSuite,
    ExpectationSuitePageRenderer,
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
    RenderedDocumentContent,
    RunIdentifier,
    ValidationResultsPageRenderer,
)
from expectations.results import SuiteResult
from expectations.run import DataDocs
from expectations.violations import exceptions_of

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Data docs</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }}
table {{ border-collapse: collapse; }}
td, th {{ border: 1px solid #ddd; padding: .3rem .7rem; text-align: left; vertical-align: top; }}
.passed {{ color: #1a7f37; }} .warned {{ color: #9a6700; }} .failed {{ color: #cf222e; font-weight: bold; }}
</style>
</head>
<body>
<h1>Data docs</h1>
<p>What each run's suites found, the latest first. A failure stops a run; a warning is only reported.</p>
<table>
<tr><th>Run</th><th>Started (UTC)</th><th>Suites</th></tr>
{rows}
</table>
</body>
</html>
"""


@dataclass(frozen=True)
class Validated:
    """A suite, what it found, and the library's own account of it."""

    suite: ExpectationSuite
    result: SuiteResult
    page: ExpectationSuiteValidationResult


def write_pages(docs: DataDocs, validated: Sequence[Validated]) -> None:
    """Write a page for each suite of this run, and the index of all runs."""
    site = _Site(docs, datetime.now(UTC), DefaultJinjaPageView())
    run = {
        "run_name": docs.run_name,
        "run_time": f"{site.at:%Y-%m-%d %H:%M:%S}",
        "suites": [site.write(each) for each in validated],
    }
    history = docs.folder / "runs.jsonl"
    with history.open("a", encoding="utf-8") as lines:
        lines.write("\n" + json.dumps(run))  # on a line of its own, whatever an interrupted run left behind
    runs = list(_read(history))
    draft = docs.index.with_suffix(".new")
    draft.write_text(INDEX.format(rows="\n".join(_row(each) for each in reversed(runs))), encoding="utf-8")
    draft.replace(docs.index)


def _read(history: Path) -> Iterator[dict[str, Any]]:
    for line in history.read_text(encoding="utf-8").splitlines():
        with suppress(json.JSONDecodeError):
            yield json.loads(line)


@dataclass(frozen=True)
class _Site:
    docs: DataDocs
    at: datetime
    view: DefaultJinjaPageView

    def write(self, validated: Validated) -> dict[str, str | int]:
        """Write the page of one suite's result and that of the suite itself, and return its entry in the index."""
        result, page = validated.result, validated.page
        for outcome in page.results:
            _complete(outcome)
        page.meta["run_id"] = RunIdentifier(run_name=self.docs.run_name, run_time=self.at)
        page.success = not result.critical
        # The links between pages count on these folders: the index is four above a result, one above a suite.
        run = re.sub(r"[^\w-]+", "-", self.docs.run_name)
        path = Path("validations", result.table, run, f"{self.at:%Y%m%dT%H%M%S%f}", "rows.html")
        self._render(path, ValidationResultsPageRenderer().render(page))
        self._render(
            Path("expectations", f"{result.table}.html"), ExpectationSuitePageRenderer().render(validated.suite)
        )
        return {
            "table": result.table,
            "page": path.as_posix(),
            "passed": result.passed,
            "failed": len(result.critical),
            "warned": len(result.warnings),
        }

    def _render(self, path: Path, content: RenderedDocumentContent) -> None:
        target = self.docs.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.view.render(content, show_how_to_buttons=False), encoding="utf-8")


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


def _row(run: dict[str, Any]) -> str:
    suites = "<br>".join(_link(suite) for suite in run["suites"])
    return f"<tr><td>{escape(run['run_name'])}</td><td>{escape(run['run_time'])}</td><td>{suites}</td></tr>"


def _link(suite: dict[str, Any]) -> str:
    outcome = next((each for each in ("failed", "warned") if suite[each]), "passed")
    counts = ", ".join(f"{suite[each]} {each}" for each in ("failed", "warned", "passed") if suite[each])
    return f'<a class="{outcome}" href="{quote(suite["page"])}">{escape(suite["table"])}</a> {counts}'
