"""What the suites found, where people look for it: a table of what failed, and a link to the Data Docs."""

from collections.abc import Sequence
from pathlib import Path

from prefect.artifacts import create_link_artifact, create_table_artifact

from expectations.results import SuiteResult, Violation
from warehouse.local import home

ARTIFACT_KEY = "sparkify-failed-expectations"
LINK_KEY = "sparkify-data-docs"
EXAMPLES_SHOWN = 3


def keep_failed_expectations(results: Sequence[SuiteResult], run_name: str) -> None:
    """Keep each expectation that failed, critical or not, as a row of a table artifact of the run; none, no table.

    What the queries find in staging is there until the next batch; the rows of a star that failed were rolled back.
    """
    failed = [violation for result in results for violation in result.violations]
    if not failed:
        return
    critical = sum(violation.severity == "critical" for violation in failed)
    said = f"{run_name}: {critical} critical expectations failed, {len(failed) - critical} warnings"
    create_table_artifact([_row(violation) for violation in failed], key=ARTIFACT_KEY, description=said)
    link_data_docs(str(home() / "data-docs/index.html"))


def link_data_docs(index: str) -> None:
    """Keep a link to the pages of the suites, which are on the machine that the run was on."""
    create_link_artifact(Path(index).as_uri(), link_text=index, key=LINK_KEY, description="Data Docs of all runs")


def _row(violation: Violation) -> dict[str, str | int]:
    examples = [
        ", ".join(f"{name} {'NULL' if value is None else value}" for name, value in row.items())
        for row in violation.examples[:EXAMPLES_SHOWN]
    ]
    return {
        "severity": violation.severity,
        "table": violation.table,
        "column": violation.column or "",
        "what is wrong": violation.reason,
        "rule": violation.description,
        "rows": "" if violation.unexpected_count is None else violation.unexpected_count,
        "examples": "; ".join(examples),
        "first at": violation.place or "",
        "query of all rows": violation.query or "",
    }
