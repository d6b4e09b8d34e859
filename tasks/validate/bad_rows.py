"""Bad rows: lines that COPY refused and rows that break an expectation, each with its place in the files and a reason.

What a batch fails for is told at once: how many faults there are, and the first ten, of each kind at least one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice, zip_longest

from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the class of that name

from expectations.personal import PERSONAL
from expectations.running.results import SuiteResult, Violation
from lake.object_store import StoredObject
from lake.printable import printable
from sql.tables import STAGING
from tasks.stage.rejection import Rejection
from tasks.validate.evidence import Line, StagedRows, find_rows, read_lines
from tasks.wording import SHOWN, listed
from warehouse import Store, WarehouseConnection

FETCHED = 10_000
"""Of how many rows that break an expectation the first are looked for in the files."""
NO_ROWS = StagedRows((), ())


@dataclass(frozen=True)
class BadRow:
    """One row that cannot be loaded: where it was read, what is wrong with it, and the text of its line.

    `reason_code` is Redshift's load error code, or the name of the expectation that the row breaks. `reason` has the
    value, unless it is personal; `raw` has it all the same.
    """

    dataset: str
    url: str
    line_number: int
    column_name: str | None
    reason_code: str
    reason: str
    raw: str

    def __str__(self) -> str:
        column = f', column "{self.column_name}"' if self.column_name else ""
        return printable(f"{self.url} line {self.line_number}{column}: {self.reason}")


@dataclass(frozen=True)
class Fault:
    """Rows of one dataset that are bad for one reason: lines that COPY refused, or rows that break an expectation.

    `count` is how many there are; `rows` may be fewer, the first that were fetched.
    """

    dataset: str
    count: int
    rejections: Sequence[Rejection] = ()
    violation: Violation | None = None
    files: Sequence[StoredObject] = ()
    rows: StagedRows = NO_ROWS

    def __str__(self) -> str:
        if self.violation is not None:
            return f"{self.count:,} of {self.dataset}.{self.violation.column}, {self.violation.expectation}"
        first = self.rejections[0]
        column = f".{first.column_name}" if first.column_name else ""
        return f"{self.count:,} of {self.dataset}{column}, {first.code}"

    def first(self, store: Store) -> list[BadRow]:
        """Return the first rows in the order of files and lines, at most ten; none where no file has them."""
        rejections = self.rejections[:SHOWN]
        if rejections and all(rejection.value is not None for rejection in rejections):
            return [_refused_line(self.dataset, each, Line(each.line_number, "", {})) for each in rejections]
        rows = replace(self.rows, rows=self.rows.rows[:FETCHED])
        return list(islice(evidence(store, [replace(self, rejections=rejections, rows=rows)]), SHOWN))


LocatedFaults = Sequence[tuple[Fault, Sequence[BadRow]]]
"""Faults, the most frequent first, each with its first rows."""


def refused(dataset: str, rejections: Sequence[Rejection]) -> list[Fault]:
    """Sort the lines that COPY refused by column and code."""
    kinds: dict[tuple[str, int], list[Rejection]] = {}
    for rejection in rejections:
        kinds.setdefault((rejection.column_name, rejection.code), []).append(rejection)
    return [Fault(dataset, len(each), each) for each in kinds.values()]


def fetch_faults(
    connection: WarehouseConnection, files: Mapping[str, Sequence[StoredObject]], results: Sequence[SuiteResult]
) -> Iterator[Fault]:
    """Fetch rows of staging that break a critical expectation about single rows; `files` are those of each dataset."""
    dataset_of = {table: dataset for dataset, table in STAGING.items()}
    for violation in (violation for result in results for violation in result.critical if violation.condition):
        dataset = dataset_of[violation.table]
        with connection.cursor() as cursor:
            rows = fetch_broken(cursor, violation, FETCHED)
        yield Fault(dataset, violation.unexpected_count or 0, (), violation, files[dataset], rows)


def fetch_broken(cursor: Cursor, violation: Violation, most: int) -> StagedRows:
    """Fetch rows of staging that break an expectation about single rows, with all of their columns."""
    cursor.execute(f"SELECT * FROM {violation.table} WHERE {violation.condition} LIMIT {most}")  # noqa: S608
    columns = tuple((column.name, column.type_code) for column in cursor.description or ())
    return StagedRows(columns, cursor.fetchall())


def look_up(store: Store, faults: Sequence[Fault]) -> LocatedFaults:
    """Read in the files where the first rows of each fault are."""
    return [(fault, fault.first(store)) for fault in sorted(faults, key=lambda fault: -fault.count)]


def list_faults(found: LocatedFaults) -> str:
    """List the first ten rows in the order of files and lines; if there are more, say how many of each kind."""
    ranks = zip_longest(*(rows for _, rows in found))
    shown = list(islice((row for rank in ranks for row in rank if row is not None), SHOWN))
    lines = [str(row) for row in sorted(shown, key=lambda row: (row.url, row.line_number))]
    lines += [str(fault.violation) for fault, rows in found if not rows]
    left = sum(fault.count for fault, _ in found) - len(shown)
    more = f"\n- and {left:,} more: in all {'; '.join(str(fault) for fault, _ in found[:SHOWN])}" if left > 0 else ""
    return listed(lines) + more


def describe_faults(found: LocatedFaults) -> str:
    """Say in a sentence, and a list where there are several, what is wrong with rows, and what to do about it."""
    count = sum(fault.count for fault, _ in found)
    first = next((row for _, rows in found for row in rows), None)
    if count == 1 and first is not None:
        return f"{first}. Correct the file and run again; nothing was loaded"
    return (
        f"{count:,} faults in rows; nothing was loaded. Correct the files and run again, or allow for bad rows with "
        f"--quarantine-budget:\n{list_faults(found)}"
    )


def evidence(store: Store, faults: Sequence[Fault]) -> Iterator[BadRow]:
    """Read the files of one dataset again, for where its bad rows were and what their lines say: one line at a time."""
    rejections = sorted((each for fault in faults for each in fault.rejections), key=lambda rejection: rejection.url)
    for url, of_file in groupby(rejections, lambda rejection: rejection.url):
        due: dict[int, list[Rejection]] = {}
        for each in of_file:
            due.setdefault(each.line_number, []).append(each)
        for line in read_lines(store, url, due.keys()):
            yield from (_refused_line(faults[0].dataset, each, line) for each in due.pop(line.number))
        for number, lost in due.items():
            yield from (_refused_line(faults[0].dataset, each, Line(number, "", {})) for each in lost)
    with_rows = [fault for fault in faults if fault.rows.rows]
    if with_rows:
        first = with_rows[0]
        violations = [fault.violation for fault in with_rows if fault.violation is not None for _ in fault.rows.rows]
        rows = StagedRows(first.rows.columns, [row for fault in with_rows for row in fault.rows.rows])
        for place, url, line in find_rows(store, first.dataset, first.files, rows):
            yield _broken_row(first.dataset, url, line, violations[place])


def _refused_line(dataset: str, rejection: Rejection, line: Line) -> BadRow:
    value = line.value(rejection.column_name) if rejection.value is None else rejection.value
    column, why = rejection.column_name or None, rejection.why(None if rejection.column_name in PERSONAL else value)
    return BadRow(dataset, rejection.url, line.number, column, str(rejection.code), why, line.raw)


def _broken_row(dataset: str, url: str, line: Line, violation: Violation) -> BadRow:
    value = line.value(str(violation.column))
    shown = repr(value[:80]) if value else "NULL"
    shown = "the value" if violation.column in PERSONAL else shown
    reason = f"{shown} {violation.reason}; {violation.description}"
    return BadRow(dataset, url, line.number, violation.column, violation.expectation, reason, line.raw)
