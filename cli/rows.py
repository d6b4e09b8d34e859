"""How the rows of an answer are printed: a table for a person, CSV or JSON for a program.

JSON has every value exactly, and CSV too, unless it goes to a terminal, which would obey what is in it; in `csv-safe`,
for spreadsheets, an apostrophe stands before what they would take for a formula.
"""

import csv
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from shutil import get_terminal_size

from rich.cells import cell_len

from lake.printable import printable
from tasks.wording import counted

Row = tuple[object, ...]
SHOWN = 1000
"""How many rows a table shows by default."""
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How a cell begins that a spreadsheet takes for a formula, the wide signs too (OWASP, CSV Injection)."""
_NOT_ASCII = re.compile(r"[^\n -~]")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
GAP = "   "
BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
CELL_CHARACTERS = 2000
"""How much of a text a table shows; CSV and JSON have all of it."""


def print_rows(columns: Sequence[str], rows: Iterable[Row], form: str, limit: int | None = None) -> int:
    """Print an answer, and report on stderr if the limit cut rows off; 0 is no limit. Return how many rows it has.

    Without a limit a table has its first 1,000 rows, CSV and JSON have all. One row more than is shown is read, and
    only a table holds its rows at once.

    Raises:
        ValueError: two columns of one name, which are one key in JSON; or a character that CSV cannot have here.
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
    return read.count


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
        """Write a row.

        Raises:
            ValueError: the encoding of standard output lacks a character; what stood for it would be another value.
        """
        try:
            line.encode(_encoding())
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{error.encoding}, the encoding of this locale, has no {error.object[error.start]!a}: write a "
                "file, which is in UTF-8, with --out FILE, or set LC_ALL=C.UTF-8"
            ) from error
        sys.stdout.write(line.removesuffix("\r\n") + "\n")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal | None)


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet would run the text of a cell, or skip its beginning; a number is no formula."""
    return _FORMULA.match(cell) is not None and not _NUMBER.fullmatch(cell)


def _print_json(columns: Sequence[str], rows: Iterable[Row]) -> None:
    twice = next((name for at, name in enumerate(columns) if name in columns[:at]), None)
    if twice is not None:
        raise ValueError(f'two columns are named "{twice}", and JSON would keep one of them: rename one with AS')
    before = "[\n "
    for row in rows:
        values = {name: _plain(value) for name, value in zip(columns, row, strict=True)}
        text = json.dumps(values, default=str, ensure_ascii=not _has_all_characters(), indent=1)
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
    """Print a table as wide as its rows; on a terminal that is narrower, print each row as a list of its values.

    rich would do it too, but takes longer to import than a query takes.
    """
    rows = [tuple(map(_shortened, row)) for row in shown]
    names = [_text(name) for name in columns]
    texts = [[_text(value) for value in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(names, *texts, strict=True)]
    if _is_terminal() and sum(widths) + len(GAP) * (len(widths) - 1) > get_terminal_size().columns:
        _print_records(names, rows)
        return
    is_number = [bool(rows) and all(_is_number(row[at]) for row in rows) for at in range(len(names))]
    rule = "\u2500" if _has_all_characters() else "-"
    _print_line(_styled(cell, BOLD) for cell in map(_padded, names, widths, is_number))
    sys.stdout.write(rule * (sum(widths) + len(GAP) * (len(widths) - 1)) + "\n")
    for row, text in zip(rows, texts, strict=True):
        cells = map(_padded, text, widths, is_number)
        _print_line(_styled(cell, DIM if value is None else "") for value, cell in zip(row, cells, strict=True))


def _shortened(value: object) -> object:
    """Cut a text that is too long for a table, and add how long it is."""
    if isinstance(value, str) and len(value) > CELL_CHARACTERS:
        return f"{value[:CELL_CHARACTERS]}{'…' if _has_all_characters() else '...'} ({len(value):,} characters)"
    return value


def _print_records(names: Sequence[str], rows: Sequence[Row]) -> None:
    width = max(map(len, names), default=0)
    for number, row in enumerate(rows, 1):
        sys.stdout.write(_styled(f"row {number:,}", BOLD) + "\n")
        for name, value in zip(names, row, strict=True):
            sys.stdout.write(f"  {name:<{width}}  {_styled(_text(value), DIM if value is None else '')}\n")


def _print_line(cells: Iterable[str]) -> None:
    sys.stdout.write(GAP.join(cells) + "\n")


def _padded(text: str, width: int, is_number: bool) -> str:
    room = " " * (width - cell_len(text))
    return room + text if is_number else text + room


def _styled(text: str, style: str) -> str:
    """Return a text in the style of a terminal, if it goes to one."""
    return f"{style}{text}{PLAIN}" if style and _is_terminal() else text


def _is_terminal() -> bool:
    """Return whether a person reads along; FORCE_COLOR is for output that goes through another program."""
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _text(value: object) -> str:
    """Return a value as text and nothing else: nothing that a terminal would obey, or that its encoding lacks."""
    text = "NULL" if value is None else printable(str(value))
    return text if _has_all_characters() else text.encode(_encoding(), "backslashreplace").decode(_encoding())


def _encoding() -> str:
    """Return the encoding of what is printed: that of the locale, or of a file; text that is kept has none."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def _has_all_characters() -> bool:
    return _encoding().lower().startswith("utf")


PRINTERS = {"csv": _print_csv, "csv-safe": _print_safe_csv, "json": _print_json, "table": _print_table}
