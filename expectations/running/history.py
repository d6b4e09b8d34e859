"""Rules that hold a batch against the batches before it, by what `batch_columns` has of both; no row is read.

A rule is silent until those before had 100 rows, and where chance could explain what it found: as many as 30 rows must
have been expected. Batches of more than 100 before do not count.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from expectations.running.checks import FILLED, KNOWN, LATEST, PLAYS, SHARES, THERE
from expectations.running.rules import QueryRule
from sql.datasets import DATASETS
from sql.policies import ColumnPolicy

EXPECTED_ROWS, HISTORY_ROWS, HISTORY_BATCHES = 30, 100, 5
SEVERITIES = {"warn": "warning", "fail": "critical", "quarantine": "critical"}
Limits = TypeVar("Limits")
SUMS = f"""SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_counted >= {EXPECTED_ROWS} THEN batch_id ELSE -1 END) AS last_counted,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= {EXPECTED_ROWS} THEN batch_id ELSE -1 END) AS last_empty"""
"""What batches have together; and the last of them with and without: one that was accepted makes it usual."""


def filled_as_before(dataset: str) -> list[QueryRule]:
    """Expect that no column is empty that was filled in the batches before; there is a rule for each policy."""
    return [_filled_as_before(dataset, *group) for group in _groups(dataset, lambda policy: policy.filled)]


def _filled_as_before(dataset: str, severity: str, columns: str) -> QueryRule:
    before = _before(dataset, "value IS NULL", "column_name")
    return QueryRule(
        rule=FILLED,
        column="column_name",
        unexpected_rows_query=f"""
            SELECT latest.column_name, latest.rows_counted
            FROM batch_columns AS latest
            JOIN ({before}) AS before ON before.column_name = latest.column_name
            WHERE {_latest(dataset)} AND latest.value IS NULL AND latest.rows_with = 0
                AND before.rows_counted >= {HISTORY_ROWS}
                AND latest.rows_counted * before.rows_with >= {EXPECTED_ROWS} * before.rows_counted
                AND before.last_filled >= before.last_empty{columns}
        """,  # noqa: S608
        severity=SEVERITIES[severity],
        description=f"no column of {dataset} is empty that was filled before; see whether the app still writes it",
    )


def days_have_plays(dataset: str) -> QueryRule:
    """Expect that no day of the batch is without plays where the days before it, or beside it, had some."""
    before = _before(dataset, "column_name = 'ts' AND LEN(value) = 10", "column_name")
    return QueryRule(
        rule=PLAYS,
        column="value",
        unexpected_rows_query=f"""
            SELECT latest.value, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
                SELECT SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with
                FROM batch_columns
                WHERE dataset = '{dataset}' AND column_name = 'ts' AND LEN(value) = 10
                    AND batch_id BETWEEN ({LATEST}) - 100 AND ({LATEST})
            ) AS days ON days.rows_counted >= {HISTORY_ROWS}
            LEFT JOIN ({before}) AS before ON before.column_name = latest.column_name
            WHERE {_latest(dataset)} AND latest.column_name = 'ts' AND LEN(latest.value) = 10 AND latest.rows_with = 0
                AND latest.rows_counted * days.rows_with >= {EXPECTED_ROWS} * days.rows_counted
                AND COALESCE(before.last_filled, 0) >= COALESCE(before.last_empty, -1)
        """,  # noqa: S608
        severity=SEVERITIES[DATASETS[dataset].drift.volume.plays],
        description="no day is without plays where others have some; see whether the app still calls them NextSong",
    )


def values_are_there(dataset: str) -> list[QueryRule]:
    """Expect that no value or trait is gone that rows of a column often had; there is a rule for each policy."""
    groups = _groups(dataset, lambda policy: (policy.there, policy.known_share))
    return [_values_are_there(dataset, *limits, columns) for limits, columns in groups]


def _values_are_there(dataset: str, severity: str, known_share: float, columns: str) -> QueryRule:
    known = _before(dataset, "value IS NOT NULL AND LEN(value) <> 10", "column_name, value")
    before = _before(dataset, "value IS NULL", "column_name")
    return QueryRule(
        rule=THERE,
        column="value",
        unexpected_rows_query=f"""
            SELECT latest.column_name, known.value, latest.rows_counted
            FROM batch_columns AS latest
            JOIN ({before}) AS before ON before.column_name = latest.column_name
            JOIN ({known}) AS known ON known.column_name = latest.column_name
            LEFT JOIN batch_columns AS same
                ON same.batch_id = latest.batch_id AND same.dataset = latest.dataset
                AND same.column_name = latest.column_name AND same.value = known.value AND same.rows_with > 0
            WHERE {_latest(dataset)} AND latest.value IS NULL AND latest.rows_with > 0 AND same.value IS NULL
                AND before.rows_counted >= {HISTORY_ROWS}
                AND known.rows_with >= {known_share} * before.rows_counted
                AND latest.rows_with * known.rows_with >= {EXPECTED_ROWS} * before.rows_with
                AND known.last_filled >= before.last_counted{columns}
        """,  # noqa: S608
        severity=SEVERITIES[severity],
        description=f"no value or trait is gone that {known_share:.0%} of the rows had, or more",
    )


def values_are_known(dataset: str) -> list[QueryRule]:
    """Expect that no value takes a large part of a column with few values that was never seen in it.

    There is a rule for each policy that columns have.
    """
    groups = _groups(dataset, lambda policy: (policy.known, policy.known_share))
    return [_values_are_known(dataset, *limits, columns) for limits, columns in groups]


def _values_are_known(dataset: str, severity: str, known_share: float, columns: str) -> QueryRule:
    known = _before(dataset, "value IS NOT NULL AND column_name <> 'ts'", "column_name, value")
    before = _before(dataset, "value IS NULL", "column_name")
    return QueryRule(
        rule=KNOWN,
        column="value",
        unexpected_rows_query=f"""
            SELECT latest.column_name, latest.value, latest.rows_with, latest.rows_counted
            FROM batch_columns AS latest
            JOIN ({before}) AS before ON before.column_name = latest.column_name
            LEFT JOIN ({known}) AS known
                ON known.column_name = latest.column_name AND known.value = latest.value
            WHERE {_latest(dataset)} AND latest.value IS NOT NULL AND latest.column_name <> 'ts'
                AND LEFT(latest.value, 1) <> '(' AND known.value IS NULL AND before.rows_counted >= {HISTORY_ROWS}
                AND latest.rows_with >= {EXPECTED_ROWS}
                AND latest.rows_with >= {known_share} * latest.rows_counted{columns}
        """,  # noqa: S608
        severity=SEVERITIES[severity],
        description=f"no value takes {known_share:.0%} of a column with few values that was never seen in it",
    )


def shares_are_as_usual(dataset: str) -> list[QueryRule]:
    """Expect that the share of rows with a value, this one or a trait is where that of the batches before was.

    There is a rule for each policy that columns have.
    """
    groups = _groups(dataset, lambda policy: (policy.share, policy.least_move, policy.spreads))
    return [_shares_are_as_usual(dataset, *limits, columns) for limits, columns in groups]


def _shares_are_as_usual(dataset: str, severity: str, least_move: float, spreads: float, columns: str) -> QueryRule:
    move = "ABS(latest.rows_with * 1.0 / NULLIF(latest.rows_counted, 0) - before.mean_share)"
    return QueryRule(
        rule=SHARES,
        column="column_name",
        unexpected_rows_query=f"""
            SELECT latest.column_name, latest.value, latest.rows_with, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
                SELECT column_name, COALESCE(value, '') AS value, COUNT(*) AS batches,
                    AVG(rows_with * 1.0 / rows_counted) AS mean_share,
                    STDDEV_SAMP(rows_with * 1.0 / rows_counted) AS spread
                FROM batch_columns
                WHERE dataset = '{dataset}' AND (value IS NULL OR column_name <> 'ts' OR LEFT(value, 1) = '(')
                    AND rows_counted >= {HISTORY_ROWS} AND batch_id BETWEEN ({LATEST}) - 100 AND ({LATEST}) - 1
                GROUP BY column_name, COALESCE(value, '')
            ) AS before
                ON before.column_name = latest.column_name AND before.value = COALESCE(latest.value, '')
            WHERE {_latest(dataset)} AND latest.rows_counted >= {HISTORY_ROWS}
                AND before.batches >= {HISTORY_BATCHES}
                AND {move} > {least_move} AND {move} > {spreads} * before.spread{columns}
        """,  # noqa: S608
        severity=SEVERITIES[severity],
        description=f"the share of rows of {dataset} with a value, or with one of few, is as in the batches before",
    )


def _groups(dataset: str, limits: Callable[[ColumnPolicy], Limits]) -> Iterator[tuple[Limits, str]]:
    """Give the limits that columns have by their policies, each with the condition of the columns that have it."""
    policy = DATASETS[dataset].drift
    own: dict[Limits, list[str]] = {}
    for column, each in policy.of_columns.items():
        if limits(each) != limits(policy.columns):
            own.setdefault(limits(each), []).append(f"'{column}'")
    others = ", ".join(name for names in own.values() for name in names)
    yield limits(policy.columns), f" AND latest.column_name NOT IN ({others})" if others else ""
    for some, names in own.items():
        yield some, f" AND latest.column_name IN ({', '.join(names)})"


def _latest(dataset: str) -> str:
    """Return the condition of what the batch itself has, where it has rows in staging."""
    own = f"latest.batch_id = ({LATEST}) AND latest.dataset = '{dataset}'"
    return f"{own} AND EXISTS (SELECT 1 FROM {{batch}} AS staged)"  # noqa: S608


def _before(dataset: str, condition: str, columns: str) -> str:
    """Return the query of what the batches before had, by these columns."""
    return f"""
        SELECT {columns}, {SUMS}
        FROM batch_columns
        WHERE dataset = '{dataset}' AND {condition} AND batch_id BETWEEN ({LATEST}) - 100 AND ({LATEST}) - 1
        GROUP BY {columns}
    """  # noqa: S608
