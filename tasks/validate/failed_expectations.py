"""The expectations that failed, where people look for them: a table in the Prefect UI."""

from collections.abc import Sequence

from prefect.artifacts import create_table_artifact

from expectations.pages.store import DataDocs
from expectations.running.results import SuiteResult, Violation
from tasks.best_effort import best_effort
from tasks.markdown import markdown, markdown_lines
from tasks.validate.data_docs import link_data_docs

ARTIFACT_KEY = "sparkify-failed-expectations"
EXAMPLES_SHOWN = 3


def keep_failed_expectations(results: Sequence[SuiteResult], docs: DataDocs, region: str | None) -> None:
    """Keep each expectation that failed, critical or not, as a row of a table artifact of the run; none, no table.

    What the queries find in staging is there until the next batch; the rows of a star that failed were rolled back.
    """
    failed = [violation for result in results for violation in result.violations]
    if not failed:
        return
    critical = sum(violation.severity == "critical" for violation in failed)
    description = f"{docs.run_name}: {critical} of severity critical, {len(failed) - critical} of severity warning"
    with best_effort("Prefect's server has no list of the failed expectations", f"they are in {docs.index}"):
        create_table_artifact([_row(violation) for violation in failed], key=ARTIFACT_KEY, description=description)
        link_data_docs(docs.index, region)


def _row(violation: Violation) -> dict[str, str | int]:
    examples = [
        ", ".join(f"{name} {'NULL' if value is None else value}" for name, value in row.items())
        for row in violation.shown[:EXAMPLES_SHOWN]
    ]
    cells = {
        "severity": violation.severity,
        "table": violation.table,
        "column": violation.column or "",
        "what is wrong": violation.reason,
        "rule": violation.description,
        "rows": "" if violation.unexpected_count is None else violation.unexpected_count,
        "examples": "; ".join(examples),
        "first at": "; ".join(violation.locations),
    }
    shown = {name: markdown(cell) if isinstance(cell, str) else cell for name, cell in cells.items()}
    return {**shown, "query of all rows": markdown_lines(violation.query or "")}
