"""Run one read-only query: one statement in Redshift's dialect, typed by a person or saved."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

import psycopg2
import psycopg2.extensions

import sql
from lake.printable import printable
from sql.questions import question, questions
from warehouse import UntranslatableSql, WarehouseConnection, WarehouseError, open_warehouse
from warehouse.limits import exceeded
from warehouse.reading import UNDECLARED, require_one_query
from warehouse.typed_sql import line_and_column, place_in, place_without_placeholders, with_placeholders

Row = tuple[object, ...]
FETCHED = 1000
"""How many rows are fetched at once at most: a cluster of a single node gives no more (Redshift guide, declare)."""
FETCHED_BYTES = 8 << 20
"""How much is fetched at once, if the next rows are as long as the longest of the last ones."""
GROWTH = 10


@dataclass(frozen=True)
class TypedQuery:
    """A statement as a person wrote it, with `:name` for each parameter; their values; the file it is in, if any."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    file: str = ""

    def failed(self, reason: str, position: int | None) -> WarehouseError:
        """Return an error about a place in the text, which notes the line that holds it and points at the place."""
        if position is None:
            return WarehouseError(f"{self.file}: {reason}" if self.file else reason)
        line, column = line_and_column(self.text, position)
        error = WarehouseError(f"{self.file} line {line}, column {column}: {reason}".strip())
        shown = self.text.split("\n")[line - 1].rstrip("\r").expandtabs(1)
        error.add_note(printable(shown) + "\n" + " " * len(printable(shown[: column - 1])) + "^")
        return error


def find_statement(statement: str | None, file: str | None, parameters: Sequence[tuple[str, str]]) -> TypedQuery:
    """Return the query of a person: a statement, `@` and the name of a saved question, or the content of a file.

    Raises:
        ValueError: a parameter is missing, unknown, wrong or given twice, no question has that name, or the file
            cannot be read.
    """
    given = dict(parameters)
    if len(given) < len(parameters):
        raise ValueError("a parameter is given twice: give each --param NAME=VALUE once")
    if file:
        return _written(_read_file(file), given, "" if file == "-" else file)
    if statement and statement.startswith("@"):
        found = question(statement[1:])
        return TypedQuery(found.text, found.values(given), f"@{found.name}")
    return _written(statement or "", given)


def list_questions() -> tuple[list[str], list[Row]]:
    """Return the saved questions as rows, each with its parameters as they are by default."""
    rows: list[Row] = [(f"@{each.name}", ", ".join(map(str, each.parameters)), each.asks) for each in questions()]
    return ["question", "parameters", "what it asks"], rows


def _written(text: str, given: Mapping[str, str], file: str = "") -> TypedQuery:
    """Return a statement of a person's own; what looks like a number is one, and quotes make it text."""
    _, names = with_placeholders(text)
    has = f"its parameters are {', '.join(f':{name}' for name in names)}" if names else "it has no parameters"
    unknown = next((name for name in given if name not in names), None)
    if unknown is not None:
        raise ValueError(f"the statement has no :{unknown}: {has}")
    missing = next((name for name in names if name not in given), None)
    if missing is not None:
        raise ValueError(f"the statement has :{missing} and no value for it: give --param {missing}=VALUE")
    return TypedQuery(text, {name: _value(text) for name, text in given.items()}, file)


def _read_file(file: str) -> str:
    """Return the text of a file, `-` being standard input."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).expanduser().read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8: byte {error.start + 1} is {error.object[error.start]:#04x}") from error


@contextmanager
def query(warehouse: str, typed: TypedQuery) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """Run one SELECT, and give the names of its columns and its rows, which are fetched as they are read.

    Raises:
        WarehouseError: it is not one query, or the warehouse refuses it; a note points at the place in the text.
    """
    statement, names = with_placeholders(typed.text)
    try:
        name = None if require_one_query(statement) in UNDECLARED else "answer"
        with closing(open_warehouse(warehouse).connect(read_only=True)) as connection:
            cursor = connection.cursor(name)
            try:
                cursor.execute(statement, typed.values if names else None)
                rows = cursor.fetchmany(1)
                yield [column.name for column in cursor.description], _fetched(cursor, rows)
            except psycopg2.Error as error:
                raise _refused(typed, error, connection, cursor) from error
    except UntranslatableSql as error:
        place = error.position
        found = None if place is None else place_without_placeholders(typed.text, place)
        raise typed.failed(error.reason, found) from error
    except psycopg2.Error as error:
        raise typed.failed(_server_message(error), None) from error


def _fetched(cursor: psycopg2.extensions.cursor, rows: list[Row]) -> Iterator[Row]:
    """Yield the first rows, and then those that are fetched: ever more at once, unless they are long."""
    while rows:
        longest = max(sum(map(sys.getsizeof, row)) for row in rows)
        size = min(GROWTH * len(rows), FETCHED, FETCHED_BYTES // max(longest, 1)) or 1
        yield from rows
        del rows  # or memory would hold them beside the next ones
        rows = cursor.fetchmany(size)


def _refused(
    typed: TypedQuery, error: psycopg2.Error, connection: WarehouseConnection, cursor: psycopg2.extensions.cursor
) -> WarehouseError:
    """Return an error with the server's message, and the position in the person's own text."""
    server = error.__context__ if isinstance(error.__context__, psycopg2.Error) else error
    if limit := exceeded(server, connection.engine):
        return typed.failed(limit, None)
    position = server.diag.statement_position
    if not position or not cursor.query:
        return typed.failed(_server_message(error), None)
    statement, names = with_placeholders(typed.text)
    sent, at = cursor.query.decode(), int(position) - 1
    if at >= len(sent.rstrip()):
        return typed.failed(_server_message(error), len(typed.text.rstrip()))
    connection.rollback()  # a translation may look up the columns of tables
    traced = cursor.mogrify(connection.trace(statement), typed.values if names else None).decode()
    place = place_in(traced, sent, at)
    return typed.failed(
        _server_message(error), None if place is None else place_without_placeholders(typed.text, place)
    )


def _server_message(error: psycopg2.Error) -> str:
    """Return the server's message, with its detail and its hint, as one line."""
    message = error.diag.message_primary or str(error).strip().partition("\n")[0]
    parts = [message, error.diag.message_detail or "", error.diag.message_hint or ""]
    if isinstance(error, psycopg2.errors.UndefinedTable):
        parts.append(_about_tables(message))
    return ". ".join(part.strip().rstrip(".") for part in parts if part)


def _about_tables(message: str) -> str:
    """Return a hint for a table that does not exist: nothing is loaded yet, or the name is misspelled."""
    tables = sorted(path.stem for path in (sql.FOLDER / "create").glob("*.sql"))
    missing = message.split('"')[1].rpartition(".")[2] if '"' in message else ""
    if missing in tables:
        return "If nothing has been loaded yet, run: sparkify etl"
    close = get_close_matches(missing, tables, 1)
    return f"Did you mean {close[0]}?" if close else ""


def _value(text: str) -> object:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if re.fullmatch(r"[+-]?[0-9]+", text):
        return int(text)
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]*\.[0-9]+", text) else text
