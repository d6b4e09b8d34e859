"""Count what a batch has in each column of staging, for the rules that hold it against the batches before.

All is counted by one request: of each staging table in one pass for the columns, one for the values of those that have
few, and one for days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from psycopg2.sql import SQL, Composable, Identifier, Literal, Placeholder

from expectations.running.checks import DRIFT
from expectations.running.results import SuiteResult
from sql.datasets import DATASETS, Dataset
from sql.tables import read_table

VALUES, DAYS = 50, 1000
"""How many values of a column with few, and how many days, are counted at most: the most frequent, and the latest."""


@dataclass(frozen=True)
class BatchColumn:
    """A row of `batch_columns`."""

    batch_id: int
    dataset: str
    column_name: str
    value: str | None
    rows_counted: int
    rows_with: int


def counting(datasets: Sequence[str]) -> list[Composable]:
    """Return statements that count the staging tables of datasets into `batch_columns`, for a parameter batch_id."""
    found = [DATASETS[name] for name in datasets]
    return [each for dataset in found for each in _counting(dataset)]


def accepted(results: Sequence[SuiteResult]) -> list[SuiteResult]:
    """Make warnings of what differs from the batches before."""
    return [
        replace(
            result,
            violations=tuple(
                replace(each, severity="warning") if each.expectation in DRIFT else each for each in result.violations
            ),
        )
        for result in results
    ]


def _counting(dataset: Dataset) -> Iterator[Composable]:
    columns = read_table(dataset.staging).columns
    filled = {
        each.name: SQL("NULLIF({}, '')" if "CHAR" in each.type else "{}").format(Identifier(each.name))
        for each in columns
    }
    counts = SQL(", ").join(
        SQL("COUNT({}) AS {}").format(value, Identifier(f"c_{name}")) for name, value in filled.items()
    )
    yield _counted(
        dataset,
        "names.name, CAST(NULL AS VARCHAR(64)), counted.all_rows, {cases} "
        "FROM (SELECT COUNT(*) AS all_rows, {counts} FROM {staging}) AS counted CROSS JOIN ({names}) AS names",
        cases=_cases({name: SQL("counted.{}").format(Identifier(f"c_{name}")) for name in filled}),
        counts=counts,
        names=_names([*filled]),
    )
    if dataset.few_valued:
        yield _values(dataset)
    if dataset.moment:
        yield _days(dataset)


def _values(dataset: Dataset) -> Composable:
    own = SQL(", ").join(map(Identifier, dataset.few_valued))
    text = SQL("CAST(counted.{} AS VARCHAR(64))")
    return _counted(
        dataset,
        "ranked.name, ranked.value, ranked.all_rows, ranked.rows_with FROM ("
        "SELECT valued.name, valued.value, valued.rows_with, "
        "SUM(valued.rows_with) OVER (PARTITION BY valued.name) AS all_rows, "
        "ROW_NUMBER() OVER (PARTITION BY valued.name ORDER BY valued.rows_with DESC, valued.value) AS place FROM ("
        "SELECT names.name, {cases} AS value, SUM(counted.all_rows) AS rows_with FROM ("
        "SELECT {own}, COUNT(*) AS all_rows FROM {staging} GROUP BY {own}) AS counted "
        "CROSS JOIN ({names}) AS names GROUP BY names.name, 2) AS valued) AS ranked "
        "WHERE ranked.value IS NOT NULL AND ranked.place <= {most}",
        cases=_cases({name: text.format(Identifier(name)) for name in dataset.few_valued}),
        own=own,
        names=_names(dataset.few_valued),
        most=Literal(VALUES),
    )


def _days(dataset: Dataset) -> Composable:
    return _counted(
        dataset,
        "{name}, TO_CHAR(days.day, 'YYYY-MM-DD'), days.all_rows, days.plays FROM ("
        "SELECT DATE_TRUNC('day', {moment}) AS day, COUNT(*) AS all_rows, "
        "COUNT(CASE WHEN {play} THEN 1 END) AS plays FROM {staging} WHERE {moment} IS NOT NULL "
        "GROUP BY DATE_TRUNC('day', {moment}) ORDER BY 1 DESC LIMIT {most}) AS days",
        name=Literal(dataset.moment),
        moment=Identifier(dataset.moment or ""),
        play=SQL(dataset.play),
        most=Literal(DAYS),
    )


def _counted(dataset: Dataset, select: str, **parts: Composable) -> Composable:
    """Return the statement that enters what a query counts in the staging table of a dataset."""
    insert = "INSERT INTO batch_columns (batch_id, dataset, column_name, value, rows_counted, rows_with) "
    own: dict[str, Composable] = {
        "batch_id": Placeholder("batch_id"),
        "dataset": Literal(dataset.name),
        "staging": Identifier(dataset.staging),
    }
    return SQL(insert + "SELECT {batch_id}, {dataset}, " + select).format(**own, **parts)


def _cases(values: dict[str, Composable]) -> Composable:
    whens = (SQL("WHEN {} THEN {}").format(Literal(name), value) for name, value in values.items())
    return SQL("CASE names.name {} END").format(SQL(" ").join(whens))


def _names(names: Sequence[str]) -> Composable:
    return SQL(" UNION ALL ").join(SQL("SELECT {} AS name").format(Literal(name)) for name in names)
