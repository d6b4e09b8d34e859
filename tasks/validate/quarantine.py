"""Quarantine: write bad rows to a table of their own instead of the star, as far as the run's budget allows.

COPY refuses lines that it cannot read, and rows that break a critical expectation are deleted from staging. Within
the budget they are written to `quarantine` when the batch is published; beyond it the run fails with a message.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NoReturn

from prefect.artifacts import create_markdown_artifact
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the class of that name

from expectations.running.results import SuiteResult, Violation
from lake.printable import printable
from lake.values import storable
from sql.datasets import DATASETS
from tasks.best_effort import best_effort
from tasks.markdown import markdown_lines
from tasks.stage.staging import Staged
from tasks.validate.bad_rows import FETCHED, BadRow, Fault, evidence, fetch_broken, list_faults, look_up, refused
from tasks.validate.evidence import RAW_BYTES
from tasks.wording import counted
from warehouse import BudgetExceeded, ConservationError, Store, WarehouseConnection

ARTIFACT_KEY = "sparkify-quarantine"
WORST = 10
REASON_BYTES = 1024
"""What the column `reason` of `quarantine` holds."""
RAW_BYTES_IN_ALL, SHORT_RAW_BYTES = 16 << 20, 1024
"""How much text of lines a batch keeps at their full length, and what it keeps of each line after that."""


@dataclass(frozen=True)
class Reason:
    """Why rows of one dataset are quarantined, how many they are, and the first of them."""

    rows: int
    first: BadRow

    def __str__(self) -> str:
        column = f".{self.first.column_name}" if self.first.column_name else ""
        return printable(
            f"{counted(self.rows, 'row')} of {self.first.dataset}{column}, {self.first.reason_code}, "
            f"first at {self.first.url} line {self.first.line_number}: {self.first.reason}"
        )


def delete_within_budget(
    connection: WarehouseConnection,
    store: Store,
    staged: Sequence[Staged],
    results: Sequence[SuiteResult],
    budget: float,
) -> tuple[BadRow, ...]:
    """Delete rows that break critical expectations from staging; return them, and the lines that COPY refused.

    A row that breaks several expectations is quarantined for the first of them, in the order of the suite.

    Raises:
        BudgetExceeded: they are a larger share of the rows of all files than the budget.
        ConservationError: a row of staging is in none of its files.
    """
    scanned = sum(part.rows for part in staged)
    allowed = int(Decimal(str(budget)) * scanned) + sum(part.manifest.accepted_rows for part in staged)
    faults = [fault for part in staged for fault in refused(part.dataset, part.load_errors)]
    faults += [_delete(connection, part, each, allowed) for part, each in _broken(staged, results)]
    count = sum(fault.count for fault in faults)
    if count > allowed:
        _give_up(store, [fault for fault in faults if fault.count], share(count, scanned), budget)
    datasets = [[fault for fault in faults if fault.dataset == part.dataset] for part in staged]
    quarantined = tuple(bounded(row for each in datasets for row in evidence(store, each)))
    if len(quarantined) != count:
        raise ConservationError(
            f"of {counted(count, 'row')} to quarantine only {len(quarantined):,} were found in the files: nothing is "
            "published; run again without --quarantine-budget to see the first, and report this"
        )
    return quarantined


def bounded(rows: Iterable[BadRow]) -> Iterator[BadRow]:
    """Cut the texts of lines to what `quarantine` holds, and to their beginnings once there is much of them."""
    kept_bytes = 0
    for row in rows:
        raw = storable(row.raw, RAW_BYTES if kept_bytes < RAW_BYTES_IN_ALL else SHORT_RAW_BYTES)
        kept_bytes += len(raw)
        yield replace(row, raw=raw)


def reasons(quarantined: Sequence[BadRow]) -> list[Reason]:
    """Count rows by reason, and return the worst reasons first."""
    kinds: dict[tuple[str, str | None, str], list[BadRow]] = {}
    for row in quarantined:
        kinds.setdefault((row.dataset, row.column_name, row.reason_code), []).append(row)
    return sorted((Reason(len(rows), rows[0]) for rows in kinds.values()), key=lambda reason: -reason.rows)


def share(rows: int, scanned: int) -> str:
    """Return how many of the rows of a batch these are, as text."""
    return f"{rows:,} of {scanned:,} rows ({100 * rows / scanned:.3g} %)"


def table_lines(quarantined: Sequence[BadRow], batch_id: int, at: datetime) -> Iterator[str]:
    """Write the rows as COPY reads them into `quarantine`, cut to what its columns hold."""
    for row in quarantined:
        cut = {"reason": storable(row.reason, REASON_BYTES)}
        when = {"batch_id": batch_id, "quarantined_at": at.strftime("%Y-%m-%d %H:%M:%S.%f")}
        yield json.dumps({**asdict(row), **cut, **when}, ensure_ascii=False)


def _broken(staged: Sequence[Staged], results: Sequence[SuiteResult]) -> Iterator[tuple[Staged, Violation]]:
    parts = {DATASETS[part.dataset].staging: part for part in staged}
    for result in results:
        for violation in result.critical:
            yield parts[result.table], violation


def _delete(connection: WarehouseConnection, part: Staged, violation: Violation, most: int) -> Fault:
    """Delete the rows that break an expectation from staging; fetch all of them that may be quarantined, or the first.

    Once they are deleted, no other expectation finds them.
    """
    with connection.cursor() as cursor:
        rows = fetch_broken(cursor, violation, max(most, FETCHED))
        return Fault(part.dataset, delete_broken(cursor, violation), (), violation, part.files, rows)


def delete_broken(cursor: Cursor, violation: Violation) -> int:
    """Delete the rows of staging that break an expectation about single rows, and return how many they were."""
    cursor.execute(f"DELETE FROM {violation.table} WHERE {violation.condition}")  # noqa: S608
    return cursor.rowcount


def _give_up(store: Store, faults: Sequence[Fault], much: str, budget: float) -> NoReturn:
    """Raise an error with the number and the first of the bad rows, and save it as an artifact of the run."""
    headline = f"{much} would have to be quarantined, the budget is {100 * budget:g} %: nothing is published"
    rows = list_faults(look_up(store, faults))
    with best_effort("Prefect's server has no list of the bad rows", "the message of the run has it"):
        create_markdown_artifact(f"# {headline}\n\n{markdown_lines(rows)}", key=ARTIFACT_KEY, description=headline)
    raise BudgetExceeded(f"{headline}. Correct the files, or raise --quarantine-budget:", *rows.split("\n"))
