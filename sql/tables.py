"""The tables as `sql/create` makes them: read from the DDL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sql

STAGING = {"events": "staging_events", "songs": "staging_songs"}
"""The staging table of each dataset."""
STAR = ("users", "artists", "songs", "time", "songplays")
"""The tables of the star in the order in which they are loaded: each after those that it refers to."""
TABLES = (
    "schema_versions", "batches", "loaded_files", "quarantine", "sources", "run_lock", *STAGING.values(), *STAR,
)  # fmt: skip
"""Every table, each after those that it refers to."""

_COLUMN = re.compile(
    r'^    "?(?P<name>\w+)"? (?P<type>[A-Z][A-Z ]*?(?:\([\d, ]+\))?)(?P<rest>| NOT NULL.*| PRIMARY.*| REFERENCES.*),?$'
)
_REFERENCE = re.compile(r"REFERENCES (\w+) \((\w+)\)")
_KEY = re.compile(r"^    ((?:PRIMARY KEY|UNIQUE|FOREIGN KEY) \(.*\)),?$", re.MULTILINE)
_PRIMARY = re.compile(r"PRIMARY KEY \((.*)\)")
_ATTRIBUTE = re.compile(r"^(DISTKEY|SORTKEY) \((.*)\)", re.MULTILINE)
_GRAIN = re.compile(r"^-- (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class ColumnDefinition:
    """A column: its type, whether it must have a value, whether it is the key, and the table that it refers to."""

    name: str
    type: str
    is_required: bool
    is_key: bool
    refers_to: str | None


@dataclass(frozen=True)
class TableDefinition:
    """A table: what one row is, its columns in order, its keys as ALTER TABLE ADD has them, and where rows lie."""

    name: str
    grain: str
    columns: tuple[ColumnDefinition, ...]
    keys: tuple[str, ...]
    dist_key: str | None
    sort_key: tuple[str, ...]


def read_table(name: str) -> TableDefinition:
    """Read a table from its `sql/create/<name>.sql`."""
    [statement] = sql.statements(f"create/{name}")
    return parse_table(name, statement)


def parse_table(name: str, statement: str) -> TableDefinition:
    """Read a table from its CREATE TABLE, which is written as those of `sql/create`."""
    found = [match for line in statement.splitlines() if (match := _COLUMN.match(line))]
    keys = (*(key for match in found for key in _keys(match)), *_KEY.findall(statement))
    primary = [name for key in keys for names in _PRIMARY.findall(key) for name in names.split(", ")]
    columns = tuple(_column(match, match["name"] in primary) for match in found)
    attributes = {word: names.split(", ") for word, names in _ATTRIBUTE.findall(statement)}
    [dist_key] = attributes.get("DISTKEY", [None])
    return TableDefinition(
        name, " ".join(_GRAIN.findall(statement)), columns, keys, dist_key, tuple(attributes.get("SORTKEY", ()))
    )


def _keys(match: re.Match[str]) -> Iterator[str]:
    """Give the keys that are declared beside a column, as they would be of the table."""
    if "PRIMARY KEY" in match["rest"]:
        yield f"PRIMARY KEY ({match['name']})"
    for table, column in _REFERENCE.findall(match["rest"]):
        yield f"FOREIGN KEY ({match['name']}) REFERENCES {table} ({column})"


def _column(match: re.Match[str], is_key: bool) -> ColumnDefinition:
    name, rest = match["name"], match["rest"]
    reference = _REFERENCE.search(rest)
    return ColumnDefinition(name, match["type"], "NOT NULL" in rest, is_key, reference[1] if reference else None)
