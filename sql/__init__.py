"""The project's SQL, as files: the folder is the verb, the file is the table.

Everything is Redshift's dialect. A value is written `:name` and bound by the driver; names of tables and columns are
fixed in the text, so no caller's text ever becomes SQL. A keyword that varies is a member of an enumeration which the
driver writes as it is (`lake.compression.Compression`).
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

FOLDER = Path(__file__).parent
NOT_CODE = r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*"
SEPARATOR = re.compile(rf"({NOT_CODE})|;")
PARAMETER = re.compile(rf"({NOT_CODE})|(?<![:\w]):([a-z_]+)\b")


class Cursor(Protocol):
    """What the files are run with: a cursor of any DB-API driver whose parameters are `%(name)s`."""

    rowcount: int

    @property
    def description(self) -> Sequence[Sequence[Any]] | None:
        """Return the columns of the last statement, each beginning with its name."""

    def execute(self, query: str, parameters: dict[str, object], /) -> object:
        """Run one statement."""

    def fetchall(self) -> list[tuple[object, ...]]:
        """Return the rows of the last statement."""


@cache
def statements(name: str) -> tuple[str, ...]:
    """Return the statements of `sql/<name>.sql`, with `%(name)s` where the file has `:name`."""
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    marked = SEPARATOR.sub(lambda match: match[1] or "\0", text)
    return tuple(_bindable(part.strip()) for part in marked.split("\0") if _has_code(part))


def run(cursor: Cursor, name: str, **parameters: object) -> int:
    """Execute the statements of `sql/<name>.sql` in turn, and return how many rows the last one touched."""
    for statement in statements(name):
        cursor.execute(statement, parameters)
    return cursor.rowcount


def fetch(cursor: Cursor, name: str, **parameters: object) -> list[tuple[object, ...]]:
    """Execute the statements of `sql/<name>.sql` in turn, and return the rows of the last one."""
    run(cursor, name, **parameters)
    return cursor.fetchall()


def fetch_named(cursor: Cursor, name: str, **parameters: object) -> list[dict[str, Any]]:
    """Execute the statements of `sql/<name>.sql` in turn, and return the rows of the last one by their columns."""
    rows = fetch(cursor, name, **parameters)
    columns = [column[0] for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _bindable(statement: str) -> str:
    doubled = statement.replace("%", "%%")
    return PARAMETER.sub(lambda match: match[1] or f"%({match[2]})s", doubled)


def _has_code(part: str) -> bool:
    return bool(re.sub(r"--[^\n]*", "", part).strip())
