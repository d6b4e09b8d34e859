"""Convert whole chunks of lines at once, where the outcome is sure to be that of the exact conversion.

polars reads the JSON, many lines at a time; by itself it would take liberties (numbers become text, the first of two
equal keys wins, half a surrogate pair becomes NUL), so it is given only lines that match a template. The first line
that does not match, or whose values do not fit their columns, ends the work: it is left to `rows`, which loads it or
says what is wrong. So nothing here ever rejects a row.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from polars.exceptions import PolarsError

from lake.values import BLANKS
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.columns import TargetColumn
from local_redshift.copy.convert.template import MAX_LINE_BYTES, WHOLE_FLOAT, line_pattern, read_members, value_pattern
from local_redshift.copy.convert.time import EPOCHS

_INTEGERS = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
_DECIMALS = ("numeric", "float4", "float8")


@dataclass(frozen=True)
class Converted:
    """The rows of the first lines of a chunk, one each, in PostgreSQL's CSV format; `end` is where these lines end."""

    lines: int
    end: int
    csv: bytes


NOTHING = Converted(0, 0, b"")


def can_convert(columns: Sequence[TargetColumn], names: Sequence[str]) -> bool:
    """Tell whether lines can be converted here at all; `names` are the keys that the columns take, if all take keys."""
    return len(set(names)) == len(columns) and not any(column.identity for column in columns)


@dataclass(frozen=True)
class _Shape:
    """What the lines are taken to be like: their keys, those of the columns, and how the values of these are read.

    The usual shape, with numbers read as such, is read faster than the general one, to which more lines conform.
    """

    keys: tuple[str, ...]
    key_of: dict[str, str]
    types: dict[str, type[pl.DataType]]
    is_usual: bool


class BulkConverter:
    """Converts the lines of one COPY; safe to use from several threads."""

    def __init__(self, columns: Sequence[TargetColumn], names: Sequence[str], command: CopyCommand) -> None:
        self._columns = columns
        self._name_of = {column.name: name for column, name in zip(columns, names, strict=True)}
        self._command = command
        self._ignores_case = command.json_option == "auto ignorecase"

    def convert(self, data: bytes) -> Converted:
        """Convert whole lines up to the first one that has to be looked at more closely."""
        first = read_members(data[: data.find(b"\n") + 1 or len(data)])
        keys = tuple(first)
        key_of = self._key_of(keys)
        if not key_of:
            return NOTHING
        texts: dict[str, type[pl.DataType]] = dict.fromkeys(key_of.values(), pl.String)
        usual = self._convert(data, _Shape(keys, key_of, texts | self._numbers(key_of, first), is_usual=True))
        if usual.end == len(data):
            return usual
        general = self._convert(data[usual.end :], _Shape(keys, key_of, texts, is_usual=False))
        return Converted(usual.lines + general.lines, usual.end + general.end, usual.csv + general.csv)

    def _key_of(self, keys: tuple[str, ...]) -> dict[str, str]:
        """Map the columns to their keys; no column is mapped if that is not clear."""
        folded = {key.lower() if self._ignores_case else key: key for key in keys}
        if len(folded) < len(keys):
            return {}
        return {column: folded[name] for column, name in self._name_of.items() if name in folded}

    def _numbers(self, key_of: dict[str, str], first: dict[str, object]) -> dict[str, type[pl.DataType]]:
        """Tell how to read the numbers of a file whose first line has these values."""
        types: dict[str, type[pl.DataType]] = {}
        for column in self._columns:
            key = key_of.get(column.name, "")
            like = type(first.get(key))
            if like is int and column.kind in (*_INTEGERS, "timestamp"):
                types[key] = pl.Int64
            elif key and (like is float if column.kind in _INTEGERS else column.kind in _DECIMALS and like is not str):
                types[key] = pl.Float64
        return types

    def _convert(self, data: bytes, shape: _Shape) -> Converted:
        try:
            lines = pl.read_lines(data).to_series()
            is_sure = lines.str.contains(self._pattern(shape)) & (lines.str.len_bytes() <= MAX_LINE_BYTES)
            count = _until_false(is_sure)
            end = len(data) if count == lines.len() else lines_end(data, count)
            return self._convert_sure(data[:end], count, shape) if count else NOTHING
        except PolarsError:
            return NOTHING

    def _pattern(self, shape: _Shape) -> str:
        patterns = {}
        for column in self._columns:
            if (key := shape.key_of.get(column.name)) is not None:
                is_whole = shape.types[key] is pl.Float64 and column.kind in _INTEGERS
                patterns[key] = WHOLE_FLOAT if is_whole else value_pattern(column, self._command, shape.is_usual)
        return line_pattern(shape.keys, patterns, shape.is_usual)

    def _convert_sure(self, data: bytes, lines: int, shape: _Shape) -> Converted:
        """Convert so many lines, of which each matches the template, up to one whose values do not fit."""
        found = pl.read_ndjson(data, schema=shape.types)
        if found.height != lines:
            return NOTHING
        fields = found.select(
            self._field(column, shape.key_of.get(column.name)).alias(column.name) for column in self._columns
        )
        fitting = _until_false(fields.select(self._fits(shape.key_of))["fits"])
        end = len(data) if fitting == lines else lines_end(data, fitting)
        return Converted(fitting, end, _csv(fields.head(fitting)))

    def _fits(self, key_of: dict[str, str]) -> pl.Expr:
        """Tell of each row of fields whether they fit their columns; NULL does, unless the column is NOT NULL."""
        checks = [pl.repeat(True, pl.len())]
        for column in self._columns:
            field = pl.col(column.name)
            if column.not_null:
                checks.append(field.is_not_null())
            if column.name in key_of and column.kind in ("varchar", "bpchar"):
                checks.append(field.str.len_bytes() <= column.length)
            elif column.name in key_of and column.kind in ("int2", "int4"):
                limit = _INTEGERS[column.kind]
                checks.append(field.is_between(-limit, limit - 1))
        return pl.all_horizontal(checks).fill_null(True).alias("fits")

    def _field(self, column: TargetColumn, key: str | None) -> pl.Expr:
        """Make the field of a column from the text of its value."""
        if key is None:
            return pl.lit(None, pl.String)
        value = pl.col(key)
        match column.kind:
            case "varchar" | "bpchar":
                return self._text(value, column)
            case "int2" | "int4" | "int8":
                return value.cast(pl.Int64, strict=False)  # of what matches, only '' is no integer: NULL
            case "numeric" | "float4" | "float8":
                return value.cast(pl.Float64, strict=False)  # exact for as few digits as match
            case "timestamp":
                unit_ms = EPOCHS.get(self._command.time_format or "", 0)
                return (value.cast(pl.Int64, strict=False) * unit_ms).cast(pl.Datetime("ms"))
        return value

    def _text(self, value: pl.Expr, column: TargetColumn) -> pl.Expr:
        """Make the text of a column; what is NULL is known before blanks are cut off."""
        text = value
        if self._command.trim_blanks and column.kind == "varchar":
            text = text.str.strip_chars_end(BLANKS)
        if self._command.empty_as_null:
            text = pl.when(value != "").then(text)
        if self._command.blanks_as_null:
            text = pl.when((value == "") | (value.str.strip_chars(BLANKS) != "")).then(text)
        return text


def _csv(fields: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    fields.write_csv(buffer, include_header=False)
    return buffer.getvalue()


def _until_false(values: pl.Series) -> int:
    return values.len() if values.all() else values.arg_min() or 0


def lines_end(data: bytes, lines: int, start: int = 0) -> int:
    """Return where the next so many lines end, or else the data."""
    end = start
    for _ in range(lines):
        end = data.find(b"\n", end) + 1
        if not end:
            return len(data)
    return end
