"""The project's SQL, as files: the folder is the verb, the file is the table.

Everything is Redshift's dialect. A value is written `:name` and bound by the driver; names of tables and columns are
fixed in the text, so no caller's text ever becomes SQL. A keyword that varies is a member of an enumeration which the
driver writes as it is (`lake.compression.Compression`).

What is the same for several tables is written once, between the comments `-- For each :star, with UNION ALL between:`
and `-- End.` The caller says which tables `star` are, of those that `sql/create` makes. In each copy `:star` is the
name of its table, `:star_name` that name as a text, and `:star_rows` the parameter `users_rows`, of table users.
`column` and `key` are columns.
Where the caller says which one table `lake` is, or which `columns`, their names stand for `:lake` and `:columns`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

FOLDER = Path(__file__).parent
NOT_CODE = r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*"
SEPARATOR = re.compile(rf"({NOT_CODE})|;")
PARAMETER = re.compile(rf"({NOT_CODE})|(?<![:\w]):([a-z_]+)\b")
EACH = re.compile(
    r"^ *-- For each :(?P<kind>[a-z]+)(?:, with (?P<between>[^\n]+) between)?:\n(?P<copied>.*?)^ *-- End\.\n?",
    re.MULTILINE | re.DOTALL,
)
COLUMNS = ("column", "key")
"""What is written for columns, not for tables."""
NAMES = re.compile(r"[a-z0-9_]+(?:(?:, |\.)[a-z0-9_]+)*")
Tables = Mapping[str, Sequence[str] | str]
"""The tables that a file names, by what it calls them: several, for each of which something is written, or one name."""


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


def statements(name: str, each: Tables | None = None) -> tuple[str, ...]:
    """Return the statements of `sql/<name>.sql`, with `%(name)s` where the file has `:name`.

    Raises:
        ValueError: a table is none of `sql/create`.
    """
    given = (each or {}).items()
    return read(name, tuple((kind, tables if isinstance(tables, str) else tuple(tables)) for kind, tables in given))


def run(cursor: Cursor, name: str, each: Tables | None = None, /, **parameters: object) -> int:
    """Execute the statements of `sql/<name>.sql` in turn, and return how many rows the last one touched."""
    for statement in statements(name, each):
        cursor.execute(statement, parameters)
    return cursor.rowcount


def run_at_once(cursor: Cursor, name: str, each: Tables | None = None, /, **parameters: object) -> int:
    """Execute the statements of `sql/<name>.sql` as one request, and return how many rows the last one touched.

    That saves a round trip for each but the last; of one that fails, those before it are undone with it.
    """
    if texts := statements(name, each):
        cursor.execute(";\n".join(texts), parameters)
    return cursor.rowcount


def fetch(cursor: Cursor, name: str, each: Tables | None = None, /, **parameters: object) -> list[tuple[object, ...]]:
    """Execute the statements of `sql/<name>.sql` in turn, and return the rows of the last one."""
    run(cursor, name, each, **parameters)
    return cursor.fetchall()


def fetch_named(cursor: Cursor, name: str, each: Tables | None = None, /, **parameters: object) -> list[dict[str, Any]]:
    """Execute the statements of `sql/<name>.sql` in turn, and return the rows of the last one by their columns."""
    run(cursor, name, each, **parameters)
    return _rows(cursor)


def fetch_at_once(
    cursor: Cursor, name: str, each: Tables | None = None, /, **parameters: object
) -> list[dict[str, Any]]:
    """Execute the statements of `sql/<name>.sql` as one request, and return the last one's rows by their columns."""
    run_at_once(cursor, name, each, **parameters)
    return _rows(cursor)


def entry(table: str, rows: Iterable[Mapping[str, object]], values: dict[str, object]) -> Iterator[str]:
    """Give the statement of `sql/insert/<table>.sql` for all rows, if there are any, and put their values among others.

    One statement, since Redshift takes about as long for a row as for a thousand.
    """
    [insert] = statements(f"insert/{table}")
    into, row_of_values = insert.split("VALUES ")
    entered = []
    for number, row in enumerate(rows):
        places = {name: f"{table}_{name}_{number}" for name in row}
        entered.append(row_of_values % {name: f"%({place})s" for name, place in places.items()})
        values |= {place: row[name] for name, place in places.items()}
    if entered:
        yield f"{into}VALUES " + ",\n".join(entered)


def _rows(cursor: Cursor) -> list[dict[str, Any]]:
    columns = [column[0] for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@cache
def read(name: str, each: tuple[tuple[str, tuple[str, ...] | str], ...]) -> tuple[str, ...]:
    """Return the statements of `sql/<name>.sql`; once for each combination of tables."""
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    text = EACH.sub(partial(_copies, dict(each)), text)
    text = PARAMETER.sub(partial(_name, {kind: names for kind, names in each if isinstance(names, str)}), text)
    marked = SEPARATOR.sub(lambda match: match[1] or "\0", text)
    return tuple(_bindable(part.strip()) for part in marked.split("\0") if _has_code(part))


def _copies(each: Tables, match: re.Match[str]) -> str:
    """Return what is written for each table, once for each of them."""
    between = f"{match['between']}\n" if match["between"] else ""
    return between.join(_named(match["copied"], match["kind"], table) for table in each[match["kind"]])


def _name(names: Mapping[str, str], match: re.Match[str]) -> str:
    """Return what stands for `:lake`, where that is one table."""
    if match[1] or match[2] not in names:
        return match[0]
    if not NAMES.fullmatch(names[match[2]]):
        raise ValueError(f"{names[match[2]]!r} is no name of a table, and no names of columns")
    return names[match[2]]


def _named(text: str, kind: str, table: str) -> str:
    is_table = kind in COLUMNS or (FOLDER / f"create/{table}.sql").is_file()
    if not re.fullmatch("[a-z_]+", table) or not is_table:
        raise ValueError(f"{table!r} is no table of sql/create")
    own = {kind: table, f"{kind}_name": f"'{table}'"}

    def name(match: re.Match[str]) -> str:
        if match[1] or not f"{match[2]}_".startswith(f"{kind}_"):
            return match[0]
        return own.get(match[2], f":{table}{match[2].removeprefix(kind)}")

    return PARAMETER.sub(name, text)


def _bindable(statement: str) -> str:
    doubled = statement.replace("%", "%%")
    return PARAMETER.sub(lambda match: match[1] or f"%({match[2]})s", doubled)


def _has_code(part: str) -> bool:
    return bool(re.sub(r"--[^\n]*", "", part).strip())
