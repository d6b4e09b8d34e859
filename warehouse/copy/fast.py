"""Convert whole chunks of lines at once, where the outcome is sure to be that of the exact conversion.

polars reads the JSON, many lines at a time; by itself it would take liberties (numbers become text, the first of two
equal keys wins, half a surrogate pair becomes NUL), so it is given only lines that match a template. The first line
that does not match, or whose values do not fit their columns, ends the work: it and all after it are left to
`rows`, which loads them or says what is wrong. So nothing here ever rejects a row.
"""

import io
from dataclasses import dataclass

import polars as pl
from polars.exceptions import PolarsError

from warehouse.copy.columns import Column
from warehouse.copy.command import CopyCommand
from warehouse.copy.template import MAX_LINE_BYTES, first_keys, line_pattern, value_pattern
from warehouse.copy.time import EPOCHS

_INTEGER_LIMITS = {"int2": 2**15, "int4": 2**31}
_SEPARATOR = "\x01"  # in no line that matches


@dataclass(frozen=True)
class Converted:
    """The rows of the first lines of a chunk, one each, in PostgreSQL's CSV format; `end` is where these lines end."""

    lines: int
    end: int
    csv: bytes


NOTHING = Converted(0, 0, b"")


def can_convert(columns: tuple[Column, ...], command: CopyCommand) -> bool:
    """Tell whether lines of this COPY can be converted here at all."""
    changes_text = command.blanks_as_null or command.empty_as_null or command.trim_blanks
    has_identity = any(column.identity for column in columns)
    return not (changes_text or has_identity or "://" in command.json_option or command.ignore_header)


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
            key_of[column.name]: value_pattern(column, self._command)
            for column in self._columns
            if column.name in key_of
        }
        lines = _lines(data)
        is_sure = lines.str.contains(line_pattern(keys, patterns)) & (lines.str.len_bytes() <= MAX_LINE_BYTES)
        count = _until_false(is_sure.fill_null(False))
        if not count:
            return NOTHING
        end = len(data) if count == lines.len() else lines_end(data, count)
        found = pl.read_ndjson(data[:end], schema=dict.fromkeys(key_of.values(), pl.String))
        if found.height != count:
            return NOTHING
        fitting = _until_false(found.select(fits=self._fits(key_of))["fits"])
        end = end if fitting == count else lines_end(data, fitting)
        return Converted(fitting, end, self._csv(found.head(fitting), key_of))

    def _fits(self, key_of: dict[str, str]) -> pl.Expr:
        """Tell of each row whether its values fit their columns."""
        checks = [pl.repeat(True, pl.len())]
        for column in self._columns:
            key = key_of.get(column.name)
            if column.not_null:
                checks.append(self._field(column, key).is_not_null())
            if key is not None and column.kind in ("varchar", "bpchar"):
                checks.append(pl.col(key).str.len_bytes().le(column.length).fill_null(True))
            elif key is not None and column.kind in ("int2", "int4"):
                limit = _INTEGER_LIMITS[column.kind]
                checks.append(self._field(column, key).is_between(-limit, limit - 1).fill_null(True))
        return pl.all_horizontal(checks)

    def _field(self, column: Column, key: str | None) -> pl.Expr:
        """Make the field of a column from the text of its value."""
        if key is None:
            return pl.lit(None, pl.String)
        value = pl.col(key)
        match column.kind:
            case "int2" | "int4" | "int8":
                return value.cast(pl.Int64, strict=False)  # of what matches, only '' is no integer: NULL
            case "numeric":
                return pl.when(value != "").then(value)
            case "float4" | "float8":
                return pl.when(value == "-0").then(pl.lit("0")).otherwise(value)
            case "timestamp":
                unit_ms = EPOCHS.get(self._command.time_format or "", 0)
                return (value.cast(pl.Int64, strict=False) * unit_ms).cast(pl.Datetime("ms"))
        return value

    def _csv(self, found: pl.DataFrame, key_of: dict[str, str]) -> bytes:
        fields = found.select(
            self._field(column, key_of.get(column.name)).alias(column.name) for column in self._columns
        )
        buffer = io.BytesIO()
        fields.write_csv(buffer, include_header=False)
        return buffer.getvalue()


def _lines(data: bytes) -> pl.Series:
    """Return the lines, those that are empty as null."""
    one_column = {"line": pl.String}
    table = pl.read_csv(io.BytesIO(data), has_header=False, separator=_SEPARATOR, quote_char=None, schema=one_column)
    return table.to_series()


def _until_false(values: pl.Series) -> int:
    return values.len() if values.all() else values.arg_min() or 0


def lines_end(data: bytes, lines: int) -> int:
    """Return where the first so many lines end."""
    end = 0
    for _ in range(lines):
        end = data.find(b"\n", end) + 1 or len(data)
    return end
