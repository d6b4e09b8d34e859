"""Rules that hold a batch against the batches before it, by what `batch_columns` has of both; no row is read.

A rule is silent until those before had 100 rows, and where chance could explain what it found: as many as 30 rows must
have been expected. Batches of more than 100 before do not count.
"""

from expectations.running.checks import DRIFT, LATEST
from expectations.running.rules import QueryRule

EXPECTED_ROWS, HISTORY_ROWS, HISTORY_BATCHES = 30, 100, 5
COMMON_SHARE = 0.05
"""From this share of the rows on, a value that was never seen is told."""
OWN_SPREADS, LEAST_MOVE = 6, 0.15
"""A share has moved where it is further from the mean of those before than so many standard deviations and this."""
SUMS = f"""SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with,
            MAX(CASE WHEN rows_with > 0 THEN batch_id ELSE -1 END) AS last_filled,
            MAX(CASE WHEN rows_with = 0 AND rows_counted >= {EXPECTED_ROWS} THEN batch_id ELSE -1 END) AS last_empty"""
"""What batches have together; and the last of them with and without: one that was accepted makes it usual."""


def filled_as_before(dataset: str) -> QueryRule:
    """Expect that no column is empty that was filled in the batches before."""
    before = _before(dataset, "value IS NULL", "column_name")
    return QueryRule(
        rule=DRIFT[0],
        column="column_name",
        unexpected_rows_query=f"""
            SELECT latest.column_name, latest.rows_counted
            FROM batch_columns AS latest
            JOIN ({before}) AS before ON before.column_name = latest.column_name
            WHERE {_latest(dataset)} AND latest.value IS NULL AND latest.rows_with = 0
                AND before.rows_counted >= {HISTORY_ROWS}
                AND latest.rows_counted * before.rows_with >= {EXPECTED_ROWS} * before.rows_counted
                AND before.last_filled >= before.last_empty
        """,  # noqa: S608
        severity="critical",
        description=f"no column of {dataset} is empty that was filled before; see whether the app still writes it",
    )


def days_have_plays(dataset: str) -> QueryRule:
    """Expect that no day of the batch is without plays where the days before it, or beside it, had some."""
    before = _before(dataset, "column_name = 'ts' AND value IS NOT NULL", "column_name")
    return QueryRule(
        rule=DRIFT[1],
        column="value",
        unexpected_rows_query=f"""
            SELECT latest.value, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
                SELECT SUM(rows_counted) AS rows_counted, SUM(rows_with) AS rows_with
                FROM batch_columns
                WHERE dataset = '{dataset}' AND column_name = 'ts' AND value IS NOT NULL
                    AND batch_id BETWEEN ({LATEST}) - 100 AND ({LATEST})
            ) AS days ON days.rows_counted >= {HISTORY_ROWS}
            LEFT JOIN ({before}) AS before ON before.column_name = latest.column_name
            WHERE {_latest(dataset)} AND latest.column_name = 'ts' AND latest.value IS NOT NULL AND latest.rows_with = 0
                AND latest.rows_counted * days.rows_with >= {EXPECTED_ROWS} * days.rows_counted
                AND COALESCE(before.last_filled, 0) >= COALESCE(before.last_empty, -1)
        """,  # noqa: S608
        severity="critical",
        description="no day is without plays where others have some; see whether the app still calls them NextSong",
    )


def values_are_known(dataset: str) -> QueryRule:
    """Expect that no value takes a large part of a column with few values that was never seen in it."""
    known = _before(dataset, "value IS NOT NULL AND column_name <> 'ts'", "column_name, value")
    before = _before(dataset, "value IS NULL", "column_name")
    return QueryRule(
        rule="value_is_known",
        column="value",
        unexpected_rows_query=f"""
            SELECT latest.column_name, latest.value, latest.rows_with, latest.rows_counted
            FROM batch_columns AS latest
            JOIN ({before}) AS before ON before.column_name = latest.column_name
            LEFT JOIN ({known}) AS known
                ON known.column_name = latest.column_name AND known.value = latest.value
            WHERE {_latest(dataset)} AND latest.value IS NOT NULL AND latest.column_name <> 'ts'
                AND known.value IS NULL AND before.rows_counted >= {HISTORY_ROWS}
                AND latest.rows_with >= {EXPECTED_ROWS}
                AND latest.rows_with >= {COMMON_SHARE} * latest.rows_counted
        """,  # noqa: S608
        severity="warning",
        description=f"no value takes {COMMON_SHARE:.0%} of a column with few values that was never seen in it",
    )


def shares_are_as_usual(dataset: str) -> QueryRule:
    """Expect that the share of rows with a value, or with this one, is where that of the batches before was."""
    move = "ABS(latest.rows_with * 1.0 / NULLIF(latest.rows_counted, 0) - before.mean_share)"
    return QueryRule(
        rule="share_is_as_usual",
        column="column_name",
        unexpected_rows_query=f"""
            SELECT latest.column_name, latest.value, latest.rows_with, latest.rows_counted
            FROM batch_columns AS latest
            JOIN (
                SELECT column_name, COALESCE(value, '') AS value, COUNT(*) AS batches,
                    AVG(rows_with * 1.0 / rows_counted) AS mean_share,
                    STDDEV_SAMP(rows_with * 1.0 / rows_counted) AS spread
                FROM batch_columns
                WHERE dataset = '{dataset}' AND (value IS NULL OR column_name <> 'ts')
                    AND rows_counted >= {HISTORY_ROWS} AND batch_id BETWEEN ({LATEST}) - 100 AND ({LATEST}) - 1
                GROUP BY column_name, COALESCE(value, '')
            ) AS before
                ON before.column_name = latest.column_name AND before.value = COALESCE(latest.value, '')
            WHERE {_latest(dataset)} AND latest.rows_counted >= {HISTORY_ROWS}
                AND before.batches >= {HISTORY_BATCHES}
                AND {move} > {LEAST_MOVE} AND {move} > {OWN_SPREADS} * before.spread
        """,  # noqa: S608
        severity="warning",
        description=f"the share of rows of {dataset} with a value, or with one of few, is as in the batches before",
    )


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
