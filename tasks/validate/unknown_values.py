"""Values that a column never had, where the policy of the column quarantines their rows.

The rule that finds them reads what was counted, and no row: here each of them becomes a fault of the rows that have it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from psycopg2.sql import SQL, Identifier, Literal

import sql
from expectations.running.checks import KNOWN
from expectations.running.results import SuiteResult, Violation
from sql.datasets import DATASETS
from tasks.batch import Batch
from tasks.validate.keys import Keys
from warehouse import WarehouseConnection


def as_bad_rows(connection: WarehouseConnection, results: Sequence[SuiteResult]) -> list[SuiteResult]:
    """Make one violation of rows of each value that was never seen and is to be quarantined."""
    return [
        replace(
            result,
            violations=tuple(each for violation in result.violations for each in _of_values(connection, violation)),
        )
        for result in results
    ]


def forget_values(connection: WarehouseConnection, batch: Batch, keys: Keys, broken: Sequence[Violation]) -> Keys:
    """Take the values whose rows are quarantined back from what the batch has in its columns: they stay unknown."""
    values = {(each.column, value) for each in broken if each.expectation == KNOWN for value in _values(each)}
    with connection.cursor() as cursor:
        for column, value in values:
            sql.run(cursor, "clear/batch_column", batch_id=batch.batch_id, column_name=column, value=value)
    return replace(keys, columns=tuple(each for each in keys.columns if (each.column_name, each.value) not in values))


def _values(violation: Violation) -> list[object]:
    return [value for row in violation.examples for value in row.values()]


def _of_values(connection: WarehouseConnection, violation: Violation) -> Iterator[Violation]:
    if not _is_of_values(violation):
        yield violation
        return
    for row in violation.examples:
        column = str(row["column_name"])
        condition = SQL("CAST({} AS VARCHAR(64)) = {}").format(Identifier(column), Literal(row["value"]))
        yield replace(
            violation,
            column=column,
            reason="was never seen before",
            unexpected_count=int(str(row["rows_with"])),
            examples=({column: row["value"]},),
            query=None,
            condition=condition.as_string(connection),
        )


def _is_of_values(violation: Violation) -> bool:
    """Tell whether a violation is of columns whose unknown values are quarantined; a rule has those of one policy."""
    if violation.expectation != KNOWN or violation.severity != "critical" or not violation.examples:
        return False
    dataset = next(each for each in DATASETS.values() if each.staging == violation.table)
    return dataset.drift.of(str(violation.examples[0]["column_name"])).known == "quarantine"
