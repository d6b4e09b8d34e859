"""Quarantine: keep rows that cannot be used out of the star, with the evidence, as far as the run's budget allows.

COPY leaves out lines that it cannot read, and rows that break a critical expectation are moved out of staging. Within
the budget they are written to `quarantine` when the batch is published; beyond it nothing is kept but the message.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import NoReturn

from prefect.artifacts import create_markdown_artifact

from expectations.results import SuiteResult, Violation
from expectations.run import STAGING
from tasks.evidence import Line, StagedRows, find_rows, read_lines
from tasks.rejection import Rejection
from tasks.staging import Staged
from warehouse import BudgetExceeded, ConservationError, Store, WarehouseConnection
from warehouse.copy.log import storable

ARTIFACT_KEY = "sparkify-quarantine"
WORST = 10
REASON_BYTES, RAW_BYTES = 1024, 65_535
"""What the columns of `quarantine` hold."""
NO_ROWS = StagedRows((), ())


@dataclass(frozen=True)
class Quarantined:
    """One row that is kept out of the star: where it was read, what is wrong with it, and the text of its line.

    `reason_code` is Redshift's load error code, or the name of the expectation that the row breaks.
    """

    dataset: str
    url: str
    line_number: int
    column_name: str | None
    reason_code: str
    reason: str
    raw: str


@dataclass(frozen=True)
class Reason:
    """Why rows of one dataset are kept out, how many they are, and the first of them."""

    rows: int
    first: Quarantined

    def __str__(self) -> str:
        column = f".{self.first.column_name}" if self.first.column_name else ""
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        return (
            f"{rows} of {self.first.dataset}{column}, {self.first.reason_code}, "
            f"first at {self.first.url} line {self.first.line_number}: {self.first.reason}"
        )


@dataclass(frozen=True)
class _Pile:
    """Rows of one dataset that are out for one reason: lines that COPY refused, or rows that broke an expectation.

    Of these it has all where the budget allows for them, and else at least the first.
    """

    part: Staged
    count: int
    rejections: Sequence[Rejection] = ()
    violation: Violation | None = None
    rows: StagedRows = NO_ROWS

    def first(self) -> "_Pile":
        """Return the pile of its first row."""
        return replace(self, count=1, rejections=self.rejections[:1], rows=replace(self.rows, rows=self.rows.rows[:1]))


def set_aside(
    connection: WarehouseConnection,
    store: Store,
    staged: Sequence[Staged],
    results: Sequence[SuiteResult],
    budget: float,
) -> tuple[Quarantined, ...]:
    """Move rows that break critical expectations out of staging; return them, and the lines that COPY left out.

    A row that breaks several expectations is out for the first of them, in the order of the suite.

    Raises:
        BudgetExceeded: they are a larger share of the rows of all files than the budget.
        ConservationError: a row of staging is in none of its files.
    """
    scanned = sum(part.rows for part in staged)
    allowed = int(Decimal(str(budget)) * scanned)
    piles = [pile for part in staged for pile in _refused(part)]
    piles += [_move(connection, part, each, allowed) for part, each in _broken(staged, results)]
    count = sum(pile.count for pile in piles)
    if count > allowed:
        _give_up(store, piles, share(count, scanned), budget)
    quarantined = tuple(row for part in staged for row in _evidence(store, [p for p in piles if p.part is part]))
    if len(quarantined) != count:
        raise ConservationError(
            f"{count:,} rows were to be quarantined, but only {len(quarantined):,} were found in the files: nothing is "
            "published; run again without --quarantine-budget to see the first, and report this"
        )
    return quarantined


def reasons(quarantined: Sequence[Quarantined]) -> list[Reason]:
    """Count rows by reason, and return the worst reasons first."""
    kinds: dict[tuple[str, str | None, str], list[Quarantined]] = {}
    for row in quarantined:
        kinds.setdefault((row.dataset, row.column_name, row.reason_code), []).append(row)
    return sorted((Reason(len(rows), rows[0]) for rows in kinds.values()), key=lambda reason: -reason.rows)


def share(rows: int, scanned: int) -> str:
    """Say how many of the rows of a batch these are."""
    return f"{rows:,} of {scanned:,} rows ({100 * rows / scanned:.3g} %)"


def table_lines(quarantined: Sequence[Quarantined], batch_id: int, at: datetime) -> Iterator[str]:
    """Write the rows as COPY reads them into `quarantine`, cut to what its columns hold."""
    for row in quarantined:
        cut = {"reason": storable(row.reason, REASON_BYTES), "raw": storable(row.raw, RAW_BYTES)}
        when = {"batch_id": batch_id, "quarantined_at": at.strftime("%Y-%m-%d %H:%M:%S.%f")}
        yield json.dumps({**asdict(row), **cut, **when}, ensure_ascii=False)


def _refused(part: Staged) -> Iterator[_Pile]:
    kinds: dict[tuple[str, int], list[Rejection]] = {}
    for rejection in part.rejected:
        kinds.setdefault((rejection.column_name, rejection.code), []).append(rejection)
    for rejections in kinds.values():
        yield _Pile(part, len(rejections), rejections)


def _broken(staged: Sequence[Staged], results: Sequence[SuiteResult]) -> Iterator[tuple[Staged, Violation]]:
    parts = {STAGING[part.dataset]: part for part in staged}
    for result in results:
        for violation in result.critical:
            yield parts[result.table], violation


def _move(connection: WarehouseConnection, part: Staged, violation: Violation, most: int) -> _Pile:
    """Delete the rows that break an expectation from staging; fetch no more of them than may be quarantined, or one."""
    broken = f"FROM {violation.table} WHERE {violation.condition}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * {broken} LIMIT {max(most, 1)}")
        columns = tuple((column.name, column.type_code) for column in cursor.description or ())
        rows = StagedRows(columns, cursor.fetchall())
        cursor.execute(f"DELETE {broken}")
        return _Pile(part, cursor.rowcount, violation=violation, rows=rows)


def _give_up(store: Store, piles: Sequence[_Pile], much: str, budget: float) -> NoReturn:
    """Say what is wrong with how many rows, with one example of each; and keep that as an artifact of the run."""
    worst = sorted(piles, key=lambda pile: -pile.count)[:WORST]
    found = [Reason(pile.count, first) for pile in worst for first in islice(_evidence(store, [pile.first()]), 1)]
    headline = f"{much} would have to be quarantined, the budget is {100 * budget:g} %: nothing is published"
    listed = "\n".join(f"- {reason}" for reason in found)
    create_markdown_artifact(f"# {headline}\n\n{listed}", key=ARTIFACT_KEY, description=headline)
    raise BudgetExceeded(f"{headline}. Correct the files, or raise --quarantine-budget. The worst reasons:\n{listed}")


def _evidence(store: Store, piles: Sequence[_Pile]) -> Iterator[Quarantined]:
    """Read the files of one dataset again, for where the rows of its piles were and what their lines say."""
    rejections = sorted((each for pile in piles for each in pile.rejections), key=lambda rejection: rejection.url)
    for url, refused in groupby(rejections, lambda rejection: rejection.url):
        yield from _refused_lines(store, piles[0].part.dataset, url, list(refused))
    broken = [pile for pile in piles if pile.rows.rows]
    if broken:
        violations = [pile.violation for pile in broken if pile.violation is not None for _ in pile.rows.rows]
        rows = StagedRows(broken[0].rows.columns, [row for pile in broken for row in pile.rows.rows])
        part = broken[0].part
        for place, url, line in find_rows(store, part.dataset, part.files, rows):
            yield _broken_row(part.dataset, url, line, violations[place])


def _refused_lines(store: Store, dataset: str, url: str, rejections: Sequence[Rejection]) -> Iterator[Quarantined]:
    lines = read_lines(store, url, {rejection.line_number for rejection in rejections})
    for rejection in rejections:
        line = lines.get(rejection.line_number, Line(rejection.line_number, "", {}))
        value = line.value(rejection.column_name) if rejection.value is None else rejection.value
        why = rejection.why(value)
        column = rejection.column_name or None
        yield Quarantined(dataset, url, line.number, column, str(rejection.code), why, line.raw)


def _broken_row(dataset: str, url: str, line: Line, violation: Violation) -> Quarantined:
    value = line.value(str(violation.column))
    shown = repr(value[:80]) if value else "NULL"
    reason = f"{shown} {violation.reason}; {violation.description}"
    return Quarantined(dataset, url, line.number, violation.column, violation.expectation, reason, line.raw)
