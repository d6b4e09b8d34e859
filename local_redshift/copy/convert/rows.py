"""Turn JSON documents into rows of PostgreSQL's CSV format, or into the evidence of why they cannot be one.

A row is rejected by its first bad column in the order of the columns. A key that no column has is ignored, a column
without a key is NULL, and DEFAULT plays no part (Redshift guide, copy-parameters-data-format).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lake.documents import (
    ByteStream,
    Document,
    JsonNumber,
    JsonValue,
    Malformed,
    PausingStream,
    read_documents,
    read_until_pause,
)
from lake.values import value_text
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.columns import NULL, Converter, TargetColumn, ValueRejected
from local_redshift.copy.convert.paths import Path, follow
from local_redshift.copy.convert.text import character, is_replaced
from local_redshift.copy.convert.values import boolean, date, floating, integer, numeric, time_of_day, timestamp

DEFAULT_MARK = "DEFAULT"  # text is quoted, so no value looks like it
MAX_ROW_BYTES = 4 * 1024 * 1024
INVALID_LINE = 1216  # the guide names no code for JSON that cannot be read
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class RowError:
    """Why one document is no row: Redshift's code and reason, and the same in plain words.

    `raw` and `raw_value` are the document and the value as they stand in the file; `column` is None where the document
    as a whole is at fault.
    """

    line_number: int
    column: TargetColumn | None
    raw: str
    raw_value: str
    code: int
    reason: str
    explanation: str

    def message(self, url: str) -> str:
        """Return where and what is wrong."""
        place = f"{url} line {self.line_number}" + (f', column "{self.column.name}"' if self.column else "")
        return f"{place}: {self.explanation}"


class RepairedRow(str):
    """A row in which ACCEPTINVCHARS replaced characters, `column` being the first column that had some."""

    def __new__(cls, row: str, column: TargetColumn, document: Document) -> "RepairedRow":
        """Make one of a row, its column and its document."""
        repaired = super().__new__(cls, row)
        repaired.column, repaired.line_number, repaired.raw = column, document.line_number, document.raw
        return repaired

    column: TargetColumn
    line_number: int
    raw: str


class RowConverter:
    """Converts the documents of one COPY, column by column."""

    def __init__(self, columns: tuple[TargetColumn, ...], command: CopyCommand, paths: tuple[Path, ...] | None) -> None:
        self._columns = columns
        self._paths = tuple((column.name,) for column in columns) if paths is None else paths
        are_names = all(len(path) == 1 and isinstance(path[0], str) for path in self._paths)
        self.names = [str(path[0]) for path in self._paths] if are_names else []
        """The keys that the columns take; none where a path leads anywhere else than to a member of the document."""
        self._converters = [_converter(column, command) for column in columns]
        self._ignores_case = command.json_option == "auto ignorecase"
        self._repairs = command.accept_invalid_characters is not None
        self._skip_lines = command.ignore_header
        self._shape: tuple[str, ...] | None = None
        self._keys: list[str] = []

    def rows(self, stream: ByteStream) -> Iterator[str | RowError]:
        """Convert one file, document by document."""
        return self._rows(read_documents(stream, self._skip_lines))

    def rows_until_pause(self, stream: PausingStream, first_line: int) -> Iterator[str | RowError]:
        """Convert the documents of a file from this line on, until the stream rests and no document is open there."""
        return self._rows(read_until_pause(stream, first_line, self._skip_lines))

    def _rows(self, documents: Iterable[Document | Malformed]) -> Iterator[str | RowError]:
        for found in documents:
            yield self._row(found) if isinstance(found, Document) else _malformed(found)

    def _row(self, document: Document) -> str | RowError:
        try:
            fields = [convert(value) for convert, value in zip(self._converters, self._values(document), strict=True)]
        except (ValueRejected, RecursionError):
            return self._first_error(document)
        row = ",".join(fields)
        if len(row) > MAX_ROW_BYTES // 8 and (error := _too_large(row, document)):
            return error
        return self._repaired(row, document) if self._repairs else row

    def _repaired(self, row: str, document: Document) -> str:
        values = zip(self._columns, self._values(document), strict=True)
        column = next((column for column, value in values if is_replaced(value, column)), None)
        return RepairedRow(row, column, document) if column else row

    def _values(self, document: Document) -> list[JsonValue]:
        """Return the value of each column."""
        value = document.value
        if not self.names or not isinstance(value, dict):
            return [follow(value, path) for path in self._paths]
        if not self._ignores_case:
            return list(map(value.get, self.names))
        shape = tuple(value)
        if shape != self._shape:  # the documents of a file tend to have the same keys
            by_lower_case = {key.lower(): key for key in shape}
            self._shape, self._keys = shape, [by_lower_case.get(name, name) for name in self.names]
        return list(map(value.get, self._keys))

    def _root(self, document: Document) -> JsonValue:
        if self._ignores_case and isinstance(document.value, dict):
            return {key.lower(): value for key, value in document.value.items()}
        return document.value

    def _first_error(self, document: Document) -> RowError:
        """Convert a document again, column by column, and return the first error."""
        for column, path, convert in zip(self._columns, self._paths, self._converters, strict=True):
            value = self._root(document)
            try:
                value = follow(value, path)
                convert(value)
            except ValueRejected as rejected:
                return _error(document, column, value, rejected)
            except RecursionError:
                deep = ValueRejected(INVALID_LINE, "Invalid JSON: nested too deeply", "is nested too deeply")
                return _error(document, column, document.raw, deep)
        raise AssertionError("a row that failed must fail again")


def _converter(column: TargetColumn, command: CopyCommand) -> Converter:
    convert = _converter_of_kind(column, command)
    if column.identity == "d":
        return lambda value: convert(value) or DEFAULT_MARK  # the guide is silent on a missing key
    if not column.not_null:
        return convert

    def convert_or_reject(value: JsonValue) -> str:
        field = convert(value)
        if field == NULL:
            raise ValueRejected(1213, "Missing data for not-null field", "is NULL in a column that is NOT NULL")
        return field

    return convert_or_reject


def _converter_of_kind(column: TargetColumn, command: CopyCommand) -> Converter:
    return {
        "int2": lambda: integer(column),
        "int4": lambda: integer(column),
        "int8": lambda: integer(column),
        "numeric": lambda: numeric(column, command.round_decimals),
        "float4": lambda: floating(column),
        "float8": lambda: floating(column),
        "bool": lambda: boolean(column),
        "bpchar": lambda: character(column, command),
        "varchar": lambda: character(column, command),
        "date": lambda: date(command),
        "timestamp": lambda: timestamp(column, command),
        "timestamptz": lambda: timestamp(column, command),
        "time": lambda: time_of_day(column, command),
        "timetz": lambda: time_of_day(column, command),
    }[column.kind]()


def _too_large(row: str, document: Document) -> RowError | None:
    """Refuse a row of more than 4 MB, in which COPY counts the character | twice."""
    size_bytes = len(row.encode()) + row.count("|")
    if size_bytes <= MAX_ROW_BYTES:
        return None
    too_large = ValueRejected(1204, "Row length exceeds 4 MB", f"is a row of {size_bytes} bytes, 4 MB are allowed")
    return _error(document, None, "", too_large)


def _malformed(found: Malformed) -> RowError:
    explanation = f"{_shorten(' '.join(found.raw.split()))} {found.explanation}"
    reason = f"Invalid JSON: {found.explanation.removeprefix('is not JSON: ')}"
    return RowError(found.line_number, None, found.raw, "", INVALID_LINE, reason, explanation)


def _error(document: Document, column: TargetColumn | None, value: JsonValue, rejected: ValueRejected) -> RowError:
    raw_value = "" if value is None else value_text(value)
    if column is None:
        shown = _shorten(" ".join(document.raw[: 4 * _SHOWN_CHARACTERS].split()))
    elif isinstance(value, str) and not isinstance(value, JsonNumber):
        shown = repr(_shorten(value))
    else:
        shown = "the value" if value is None else _shorten(raw_value)
    explanation = f"{shown} {rejected.explanation}"
    return RowError(document.line_number, column, document.raw, raw_value, rejected.code, rejected.reason, explanation)


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
