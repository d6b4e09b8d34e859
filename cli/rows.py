"""How the rows of an answer are printed: a table for a person, CSV or JSON for a program.

JSON has every value exactly, and CSV too, unless it goes to a terminal, which would obey what is in it; in `csv-safe`,
for spreadsheets, an apostrophe stands before what they would take for a formula.
"""

import csv
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lake.printable import printable
from tasks.wording import counted

Row = tuple[object, ...]
SHOWN = 1000
"""How many rows a table shows unless told otherwise."""
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How a cell begins that a spreadsheet takes for a formula, the wide signs too (OWASP, CSV Injection)."""
_NOT_ASCII = re.compile(r"[^\n -~]")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
CELL_CHARACTERS = 2000
"""How much of a text a table shows; CSV and JSON have all of it."""


def print_rows(columns: Sequence[str], rows: Iterable[Row], form: str, limit: int | None = None) -> None:
    """Print an answer, and say on stderr that rows were left out if any were; a limit of 0 leaves none out.

    Without a limit a table has its first 1,000 rows, CSV and JSON have all. One row more than is shown is read, and
    only a table holds its rows at once.

    Raises:
        ValueError: two columns of one name, which JSON cannot tell apart.
    """
    limit = limit if limit is not None else SHOWN if form == "table" else 0
    rest = iter(rows)
    read = _Counted(islice(rest, limit) if limit else rest)
    PRINTERS[form](columns, read)
    has_more = next(rest, None) is not None
    shown = counted(read.count, "row")
    if form == "table":
        sys.stdout.write(f"(the first {shown})\n" if has_more else f"({shown})\n")
    if has_more:
        sys.stdout.flush()
        sys.stderr.write(
            f"only the first {shown} {'is' if read.count == 1 else 'are'} shown, there are more: --limit 0 shows all\n"
        )


class _Counted:
    """Rows that are counted as they are read."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _print_csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Print the values as they are, and warn on stderr, once, of those that a spreadsheet would run."""
    formulas = 0

    def counted_cell(cell: str) -> str:
        nonlocal formulas
        formulas += is_formula(cell)
        return cell

    _write_csv(columns, rows, counted_cell)
    if formulas:
        sys.stdout.flush()
        sys.stderr.write(
            f"{counted(formulas, 'cell')} of this CSV would be taken for a formula by a spreadsheet: for one, ask with "
            "--format csv-safe\n"
        )


def _print_safe_csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    _write_csv(columns, rows, lambda cell: f"'{cell}" if is_formula(cell) else cell)


def _write_csv(columns: Sequence[str], rows: Iterable[Row], write: Callable[[str], str]) -> None:
    show = printable if sys.stdout.isatty() else str
    writer = csv.writer(_Lines())
    for row in chain([tuple(columns)], rows):
        writer.writerow([cell if _is_number(cell) else show(write(str(cell))) for cell in row])


class _Lines:
    """Standard output for the writer of CSV, which quotes a carriage return only if its own lines end with one."""

    def write(self, line: str) -> None:
        """Write a row."""
        sys.stdout.write(line.removesuffix("\r\n") + "\n")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal | None)


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would run the text of a cell, or pass over its beginning; a number is no formula."""
    return _FORMULA.match(cell) is not None and not _NUMBER.fullmatch(cell)


def _print_json(columns: Sequence[str], rows: Iterable[Row]) -> None:
    twice = next((name for at, name in enumerate(columns) if name in columns[:at]), None)
    if twice is not None:
        raise ValueError(f'two columns are named "{twice}", and JSON would keep one of them: rename one with AS')
    before = "[\n "
    for row in rows:
        values = {name: _plain(value) for name, value in zip(columns, row, strict=True)}
        text = json.dumps(values, default=str, ensure_ascii=False, indent=1)
        text = text.replace("\n", "\n ")  # a line break within a value is written as \\n
        sys.stdout.write(before + _NOT_ASCII.sub(_json_escape, text))
        before = ",\n "
    sys.stdout.write("[]\n" if before.startswith("[") else "\n]\n")


def _json_escape(found: re.Match[str]) -> str:
    """Write a character that cannot be seen as JSON's escape, which is the same value."""
    return found[0] if printable(found[0]) == found[0] else json.dumps(found[0])[1:-1]


def _plain(value: object) -> object:
    """Return a number that JSON has, exactly the same one, and text where it has none."""
    if isinstance(value, Decimal) and value.is_finite():
        whole = int(value)
        number = whole if value == whole else float(value)
        return number if Decimal(repr(number)) == value else str(value)
    is_number = not isinstance(value, float) or math.isfinite(value)
    return value if is_number else str(value)


def _print_table(columns: Sequence[str], shown: Iterable[Row]) -> None:
    """Print a table as wide as its rows; on a terminal that is narrower, print each row as a list of its values."""
    rows = [tuple(map(_shortened, row)) for row in shown]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for at, name in enumerate(columns):
        is_number = all(_is_number(row[at]) for row in rows) and bool(rows)
        table.add_column(_text(name), no_wrap=True, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(_text(value) for value in row))
    console = Console(highlight=False)
    width = console.measure(table, options=console.options.update(width=1_000_000)).maximum
    if console.is_terminal and width > console.width:
        _print_records(console, columns, rows)
    else:
        console.width = max(width, 1)
        console.print(table)


def _shortened(value: object) -> object:
    """Cut a text that is too long for a table, and say how long it is."""
    if isinstance(value, str) and len(value) > CELL_CHARACTERS:
        return f"{value[:CELL_CHARACTERS]}… ({len(value):,} characters)"
    return value


def _print_records(console: Console, columns: Sequence[str], rows: Sequence[Row]) -> None:
    names = [printable(name) for name in columns]
    width = max(map(len, names), default=0)
    for number, row in enumerate(rows, 1):
        console.print(Text(f"row {number:,}", style="bold"))
        for name, value in zip(names, row, strict=True):
            console.print(Text(f"  {name:<{width}}  ") + _text(value), soft_wrap=True)


def _text(value: object) -> Text:
    """Return a value as text and nothing else: no markup, and nothing that a terminal would obey."""
    if value is None:
        return Text("NULL", style="dim")
    return Text(printable(str(value)))


PRINTERS = {"csv": _print_csv, "csv-safe": _print_safe_csv, "json": _print_json, "table": _print_table}
