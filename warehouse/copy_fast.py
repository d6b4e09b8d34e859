"""Convert whole chunks of lines at once, where the outcome is sure to be that of the exact conversion.

polars reads the JSON, many lines at a time; by itself it would take liberties (numbers become text, the first of two
equal keys wins, half a surrogate pair becomes NUL), so it is given only lines that match a template. The first line
that does not match, or whose values do not fit their columns, ends the work: it and all after it are left to
`copy_rows`, which loads them or says what is wrong. So nothing here ever rejects a row.
"""

import io
from dataclasses import dataclass

import polars as pl
from polars.exceptions import PolarsError

from warehouse.copy_columns import Column
from warehouse.copy_command import CopyCommand
from warehouse.copy_paths import Path
from warehouse.copy_template import MAX_LINE_BYTES, first_keys, line_pattern, value_pattern

_INTEGER_BITS = {"int2": 15, "int4": 31, "int8": 63}
_UNIT = {"epochsecs": 1000, "epochmillisecs": 1}
_SEPARATOR = "\x01"  # in no line that matches


@dataclass(frozen=True)
class Converted:
    """The rows of the first lines of a chunk, one each, in PostgreSQL's CSV format."""

    lines: int
    csv: bytes


NOTHING = Converted(0, b"")


class BulkConverter:
    """Converts the lines of one COPY; safe to use from several threads."""

    def __init__(self, columns: tuple[Column, ...], command: CopyCommand) -> None:
        self._columns = columns
        self._command = command
        self._ignores_case = command.json_option == "auto ignorecase"

    def convert(self, data: bytes) -> Converted:
        """Convert whole lines up to the first one that has to be looked at more closely."""
        keys = first_keys(data[: data.find(b"\n") + 1 or len(data)])
        key_of = self._key_of(keys)
        try:
            return self._convert(data, keys, key_of) if key_of else NOTHING
        except PolarsError:
            return NOTHING

    def _key_of(self, keys: tuple[str, ...]) -> dict[str, str]:
        """Map the columns to their keys; no column is mapped if that is not clear."""
        folded = {key.lower() if self._ignores_case else key: key for key in keys}
        names = {column.name for column in self._columns}
        return {name: key for name, key in folded.items() if name in names} if len(folded) == len(keys) else {}

    def _convert(self, data: bytes, keys: tuple[str, ...], key_of: dict[str, str]) -> Converted:
        patterns = {
            key_of[column.name]: value_pattern(column, self._command) or "null"
            for column in self._columns
            if column.name in key_of
        }
        count = _matching_lines(data, line_pattern(keys, patterns))
        if not count:
            return NOTHING
        found = pl.read_ndjson(_first_lines(data, count), schema=dict.fromkeys(key_of.values(), pl.String))
        if found.height != count:
            return NOTHING
        fields = found.select(self._field(column, key_of.get(column.name)) for column in self._columns)
        fits = found.select(
            fits=pl.all_horizontal(
                True, *(check for column in self._columns for check in self._checks(column, key_of.get(column.name)))
            )
        )["fits"]
        count = _first_false(fits)
        return Converted(count, fields.head(count).write_csv(include_header=False).encode())
