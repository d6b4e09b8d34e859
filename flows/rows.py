"""How the rows of an answer are printed: a table for a person, CSV or JSON for a program."""

import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tasks.wording import counted
from warehouse.printable import printable

Row = tuple[object, ...]
SHOWN = 1000
"""How many rows a table shows unless told otherwise."""


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
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _print_json(columns: Sequence[str], rows: Iterable[Row]) -> None:
    twice = next((name for at, name in enumerate(columns) if name in columns[:at]), None)
    if twice is not None:
        raise ValueError(f'two columns are named "{twice}", and JSON would keep one of them: rename one with AS')
    before = "[\n "
    for row in rows:
        values = {name: _plain(value) for name, value in zip(columns, row, strict=True)}
        text = json.dumps(values, default=str, ensure_ascii=False, indent=1)
        sys.stdout.write(before + text.replace("\n", "\n "))  # a line break within a value is written as \\n
        before = ",\n "
    sys.stdout.write("[]\n" if before.startswith("[") else "\n]\n")


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
    rows = list(shown)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for at, name in enumerate(columns):
        is_number = all(isinstance(row[at], int | float | Decimal | None) for row in rows) and bool(rows)
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


def _print_records(console: Console, columns: Sequence[str], rows: Sequence[Row]) -> None:
    names = max((len(name) for name in columns), default=0)
    for number, row in enumerate(rows, 1):
        console.print(Text(f"row {number:,}", style="bold"))
        for name, value in zip(columns, row, strict=True):
            console.print(Text(f"  {name:<{names}}  ") + _text(value), soft_wrap=True)


def _text(value: object) -> Text:
    """Return a value as text and nothing else: no markup, and nothing that a terminal would obey."""
    if value is None:
        return Text("NULL", style="dim")
    return Text(printable(str(value)))


PRINTERS = {"csv": _print_csv, "json": _print_json, "table": _print_table}
