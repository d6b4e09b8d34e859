"""Count what a batch has in each column of staging, for the rules that hold it against the batches before.

All is counted by one request: of each staging table in one pass for the columns and their traits, one for the values of
columns that have few, and one for days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg2.sql import SQL, Composable, Identifier, Literal, Placeholder

from expectations.running.checks import HISTORY
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


@dataclass(frozen=True)
class _Count:
    """What is counted of a column: its values that are not empty, or those of them that have a trait."""

    name: str
    trait: str | None
    counted: Composable


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
                replace(each, severity="warning") if each.expectation in HISTORY else each for each in result.violations
            ),
        )
        for result in results
    ]


def _counting(dataset: Dataset) -> Iterator[Composable]:
    counts = [*_counts(dataset)]
    own = [Identifier(f"c_{place}") for place in range(len(counts))]
    filled = {each.name: own[place] for place, each in enumerate(counts) if each.trait is None}
    names = [SQL("SELECT {} AS name").format(Literal(place)) for place in range(len(counts))]
    yield _counted(
        dataset,
        "{columns}, CAST({traits} AS VARCHAR(64)), {all_rows}, {rows_with} "
        "FROM (SELECT COUNT(*) AS all_rows, {counts} FROM {staging}) AS counted CROSS JOIN ({names}) AS names",
        columns=_cases({place: Literal(each.name) for place, each in enumerate(counts)}),
        traits=_cases({place: Literal(each.trait) for place, each in enumerate(counts)}),
        all_rows=_cases(
            {
                place: SQL("counted.{}").format(filled[each.name] if each.trait else Identifier("all_rows"))
                for place, each in enumerate(counts)
            }
        ),
        rows_with=_cases({place: SQL("counted.{}").format(name) for place, name in enumerate(own)}),
        counts=SQL(", ").join(
            SQL("COUNT({}) AS {}").format(each.counted, name) for each, name in zip(counts, own, strict=True)
        ),
        names=SQL(" UNION ALL ").join(names),
    )
    if dataset.few_valued:
        yield _values(dataset)
    if dataset.moment:
        yield _days(dataset)


def _counts(dataset: Dataset) -> Iterator[_Count]:
    """Give what is counted in all rows: the values of a column that are not empty, and those that have its traits."""
    for column in read_table(dataset.staging).columns:
        filled = "NULLIF({}, '')" if "CHAR" in column.type else "{}"
        yield _Count(column.name, None, SQL(filled).format(Identifier(column.name)))
    for name, traits in dataset.traits.items():
        for trait, condition in traits.items():
            yield _Count(name, f"({trait})", SQL("CASE WHEN {} THEN 1 END").format(SQL(condition)))


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


def _cases(values: Mapping[str, Composable] | Mapping[int, Composable]) -> Composable:
    whens = (SQL("WHEN {} THEN {}").format(Literal(name), value) for name, value in values.items())
    return SQL("CASE names.name {} END").format(SQL(" ").join(whens))


def _names(names: Sequence[str]) -> Composable:
    return SQL(" UNION ALL ").join(SQL("SELECT {} AS name").format(Literal(name)) for name in names)
