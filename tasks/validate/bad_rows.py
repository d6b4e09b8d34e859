"""Bad rows: lines that COPY refused and rows that break an expectation, each with file, line and reason.

One message reports all that a batch fails for: how many faults there are, and the first ten, of each kind at least one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice, zip_longest

from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the class of that name

from expectations.running.results import SuiteResult, Violation
from lake.object_store import StoredObject
from lake.printable import printable
from sql.datasets import DATASETS, is_personal
from tasks.stage.load_errors import LoadError
from tasks.validate.evidence import Line, StagedRows, find_rows, read_lines
from tasks.wording import SHOWN, listed
from warehouse import Store, WarehouseConnection

FETCHED = 10_000
"""At most so many rows that break an expectation are looked up in the files."""
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
    load_errors: Sequence[LoadError] = ()
    violation: Violation | None = None
    files: Sequence[StoredObject] = ()
    rows: StagedRows = NO_ROWS

    def __str__(self) -> str:
        if self.violation is not None:
            return f"{self.count:,} of {self.dataset}.{self.violation.column}, {self.violation.expectation}"
        first = self.load_errors[0]
        column = f".{first.column_name}" if first.column_name else ""
        return f"{self.count:,} of {self.dataset}{column}, {first.code}"

    def first(self, store: Store) -> list[BadRow]:
        """Return the first rows in the order of files and lines, at most ten; none where no file has them."""
        load_errors = self.load_errors[:SHOWN]
        if load_errors and all(load_error.value is not None for load_error in load_errors):
            return [_refused_line(self.dataset, each, Line(each.line_number, "", {})) for each in load_errors]
        rows = replace(self.rows, rows=self.rows.rows[:FETCHED])
        return list(islice(evidence(store, [replace(self, load_errors=load_errors, rows=rows)]), SHOWN))


LocatedFaults = Sequence[tuple[Fault, Sequence[BadRow]]]
"""Faults, the most frequent first, each with its first rows."""


def refused(dataset: str, load_errors: Sequence[LoadError]) -> list[Fault]:
    """Sort the lines that COPY refused by column and code."""
    kinds: dict[tuple[str, int], list[LoadError]] = {}
    for load_error in load_errors:
        kinds.setdefault((load_error.column_name, load_error.code), []).append(load_error)
    return [Fault(dataset, len(each), each) for each in kinds.values()]


def fetch_faults(
    connection: WarehouseConnection, files: Mapping[str, Sequence[StoredObject]], results: Sequence[SuiteResult]
) -> Iterator[Fault]:
    """Fetch rows of staging that break a critical expectation about single rows; `files` are those of each dataset."""
    dataset_of = {dataset.staging: name for name, dataset in DATASETS.items()}
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
    """Look up the file and line of the first rows of each fault."""
    return [(fault, fault.first(store)) for fault in sorted(faults, key=lambda fault: -fault.count)]


def list_faults(found: LocatedFaults) -> str:
    """List the first ten rows in the order of files and lines; if there are more, add how many of each kind."""
    ranks = zip_longest(*(rows for _, rows in found))
    shown = list(islice((row for rank in ranks for row in rank if row is not None), SHOWN))
    lines = [str(row) for row in sorted(shown, key=lambda row: (row.url, row.line_number))]
    lines += [str(fault.violation) for fault, rows in found if not rows]
    left = sum(fault.count for fault, _ in found) - len(shown)
    more = f"\n- and {left:,} more: in all {'; '.join(str(fault) for fault, _ in found[:SHOWN])}" if left > 0 else ""
    return listed(lines) + more


def describe_faults(found: LocatedFaults) -> str:
    """Return a message about bad rows, with a list where there are several, and what to do about them."""
    count = sum(fault.count for fault, _ in found)
    first = next((row for _, rows in found for row in rows), None)
    if count == 1 and first is not None:
        return f"{first}. Correct the file and run again; nothing was loaded"
    return (
        f"{count:,} faults in rows; nothing was loaded. Correct the files and run again, or allow for bad rows with "
        f"--quarantine-budget:\n{list_faults(found)}"
    )


def evidence(store: Store, faults: Sequence[Fault]) -> Iterator[BadRow]:
    """Read the files of one dataset again, for the file, line and text of its bad rows, one line at a time."""
    load_errors = sorted(
        (each for fault in faults for each in fault.load_errors), key=lambda load_error: load_error.url
    )
    for url, of_file in groupby(load_errors, lambda load_error: load_error.url):
        wanted: dict[int, list[LoadError]] = {}
        for each in of_file:
            wanted.setdefault(each.line_number, []).append(each)
        for line in read_lines(store, url, wanted.keys()):
            yield from (_refused_line(faults[0].dataset, each, line) for each in wanted.pop(line.number))
        for number, lost in wanted.items():
            yield from (_refused_line(faults[0].dataset, each, Line(number, "", {})) for each in lost)
    with_rows = [fault for fault in faults if fault.rows.rows]
    if with_rows:
        first = with_rows[0]
        violations = [fault.violation for fault in with_rows if fault.violation is not None for _ in fault.rows.rows]
        rows = StagedRows(first.rows.columns, [row for fault in with_rows for row in fault.rows.rows])
        for place, url, line in find_rows(store, first.dataset, first.files, rows):
            yield _broken_row(first.dataset, url, line, violations[place])


def _refused_line(dataset: str, load_error: LoadError, line: Line) -> BadRow:
    value = line.value(load_error.column_name) if load_error.value is None else load_error.value
    column, why = load_error.column_name or None, load_error.why(None if is_personal(load_error.column_name) else value)
    return BadRow(dataset, load_error.url, line.number, column, str(load_error.code), why, line.raw)


def _broken_row(dataset: str, url: str, line: Line, violation: Violation) -> BadRow:
    value = line.value(str(violation.column))
    shown = repr(value[:80]) if value else "NULL"
    shown = "the value" if is_personal(str(violation.column)) else shown
    reason = f"{shown} {violation.reason}; {violation.description}"
    return BadRow(dataset, url, line.number, violation.column, violation.expectation, reason, line.raw)
