"""What a command prints when it is done."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from expectations.running.results import SuiteResult
from lake.printable import printable
from tasks.report import Summary
from tasks.sample_lake import SAMPLE_DATA
from warehouse.redshift.ownership import Resource


class Terminal(Console):
    """A console that leaves it to the command what a reader means who has had enough."""

    def on_broken_pipe(self) -> None:
        """Raise it: rich would end the process as failed."""
        raise BrokenPipeError


def print_summary(summary: Summary) -> None:
    """Print what a run did: tables, suites, and where the Data Docs are."""
    console = Terminal()
    for each in summary.earlier:
        console.print(each)
    console.print(f"\n[bold]{summary.headline}[/bold]")
    if summary.is_sample:
        console.print(f"This is {SAMPLE_DATA}", markup=False, highlight=False, soft_wrap=True)
    if not summary.tables:
        return
    _print_tables(console, summary)
    for reason in summary.quarantine:
        console.print(f"Quarantined: {reason}", markup=False, highlight=False, soft_wrap=True)
    print_suites("Suites", summary.suites)
    docs = printable(summary.data_docs.removeprefix("file://"))
    console.print(f"Data Docs: {docs}", markup=False, soft_wrap=True)
    if summary.remains:
        console.print("What this does not reach:")
    for where in summary.remains:
        console.print(f"- {printable(where)}", markup=False, highlight=False, soft_wrap=True)


def _print_tables(console: Console, summary: Summary) -> None:
    changes, of = summary.tables, f", {summary.tables_are_of}" if summary.tables_are_of else ""
    table = Table("rows of", title=f"Lake and star{of}", title_justify="left")
    for heading in changes[0].counts:
        table.add_column(heading, justify="right")
    for change in changes:
        table.add_row(change.table, *(f"{rows:,}" for rows in change.counts.values()))
    console.print(table)
    examples = [f"- {change.table}: {printable(change.examples)}" for change in changes if change.examples]
    for line in ("Rows that would change, such as:", *examples) if examples else ():
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_suites(title: str, suites: Sequence[SuiteResult]) -> None:
    """Print how many expectations of each suite passed and failed."""
    counts = (f"{suite.table} {suite.passed}{f' ({suite.failed} failed)' * bool(suite.failed)}" for suite in suites)
    Terminal().print(f"{title}, expectations that hold: {', '.join(counts)}", highlight=False, soft_wrap=True)


def print_resources(title: str, resources: Sequence[Resource]) -> None:
    """Print what became of each resource on AWS; there are none where the warehouse is local."""
    table = Table("what", "name", "state", "detail", title=title, title_justify="left")
    for resource in resources:
        cells = (resource.kind, resource.name, resource.state, resource.detail)
        table.add_row(*(Text(printable(each)) for each in cells))
    Terminal().print(table if resources else title)
