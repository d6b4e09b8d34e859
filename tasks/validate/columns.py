"""Count what a batch has in each column of staging, for the rules that hold it against the batches before.

All is counted by one request: of each staging table in one pass for the columns, one for the values of those that have
few, one for days, and one for traits, which reads no more than a sample of many rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg2.sql import SQL, Composable, Identifier, Literal, Placeholder

from expectations.running.checks import HISTORY
from expectations.running.results import SuiteResult
from sql.datasets import DATASETS, Dataset
from sql.tables import read_table

VALUES, DAYS, SAMPLED = 50, 1000, 100_000
"""How many values of a column with few, and how many days, are counted at most: the most frequent, and the latest; and
in how many rows of a batch traits are counted, about: in all of them they would take a tenth of the time of a run."""


@dataclass(frozen=True)
class BatchColumn:
    """A row of `batch_columns`."""

    batch_id: int
    dataset: str
    column_name: str
    value: str | None
    rows_counted: int
    rows_with: int


def counting(rows: Mapping[str, int]) -> list[Composable]:
    """Return statements that count the staging tables of datasets with so many rows, for a parameter batch_id."""
    return [each for name in rows for each in _counting(DATASETS[name], rows[name])]


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


def _counting(dataset: Dataset, rows: int) -> Iterator[Composable]:
    filled = _filled(dataset)
    yield _counted(
        dataset,
        "names.name, CAST(NULL AS VARCHAR(64)), counted.all_rows, {cases} "
        "FROM (SELECT COUNT(*) AS all_rows, {counts} FROM {staging}) AS counted CROSS JOIN ({names}) AS names",
        cases=_cases({name: _of_counted(f"c_{name}") for name in filled}),
        counts=_counts({f"c_{name}": value for name, value in filled.items()}),
        names=_names([*filled]),
    )
    if dataset.traits:
        yield _traits(dataset, min(1.0, SAMPLED / max(1, rows)))
    if dataset.few_valued:
        yield _values(dataset)
    if dataset.moment:
        yield _days(dataset)


def _filled(dataset: Dataset) -> dict[str, Composable]:
    """Return what is not NULL where a column is filled, by its name."""
    return {
        each.name: SQL("NULLIF({}, '')" if "CHAR" in each.type else "{}").format(Identifier(each.name))
        for each in read_table(dataset.staging).columns
    }


def _traits(dataset: Dataset, share: float) -> Composable:
    """Return the statement that counts traits, beside the rows whose column is filled, in this share of all rows."""
    filled = _filled(dataset)
    found = [(name, trait, text) for name, own in dataset.traits.items() for trait, text in own.items()]
    traits = {f"t_{place}": each for place, each in enumerate(found)}
    has = {key: SQL("CASE WHEN {} THEN 1 END").format(SQL(text)) for key, (_, _, text) in traits.items()}
    return _counted(
        dataset,
        "{columns}, CAST({traits} AS VARCHAR(64)), {all_rows}, {rows_with} "
        "FROM (SELECT {counts} FROM {staging} WHERE RANDOM() < {share}) AS counted CROSS JOIN ({names}) AS names",
        columns=_cases({key: Literal(name) for key, (name, _, _) in traits.items()}),
        traits=_cases({key: Literal(f"({trait})") for key, (_, trait, _) in traits.items()}),
        all_rows=_cases({key: _of_counted(f"c_{name}") for key, (name, _, _) in traits.items()}),
        rows_with=_cases({key: _of_counted(key) for key in traits}),
        counts=_counts({f"c_{name}": filled[name] for name in dataset.traits} | has),
        share=Literal(share),
        names=_names([*traits]),
    )


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


def _of_counted(name: str) -> Composable:
    return SQL("counted.{}").format(Identifier(name))


def _counts(values: Mapping[str, Composable]) -> Composable:
    return SQL(", ").join(SQL("COUNT({}) AS {}").format(value, Identifier(name)) for name, value in values.items())


def _cases(values: Mapping[str, Composable]) -> Composable:
    whens = (SQL("WHEN {} THEN {}").format(Literal(name), value) for name, value in values.items())
    return SQL("CASE names.name {} END").format(SQL(" ").join(whens))


def _names(names: Sequence[str]) -> Composable:
    return SQL(" UNION ALL ").join(SQL("SELECT {} AS name").format(Literal(name)) for name in names)
