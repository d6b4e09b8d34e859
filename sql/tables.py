"""The tables as `sql/create` makes them: read from the DDL."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sql

STAGING = {"events": "staging_events", "songs": "staging_songs"}
"""The staging table of each dataset."""
STAR = ("users", "artists", "songs", "time", "songplays")
"""The tables of the star in the order in which they are loaded: each after those that it refers to."""
TABLES = ("batches", "loaded_files", "quarantine", "sources", "run_lock", *STAGING.values(), *STAR)
"""Every table, each after those that it refers to."""

_COLUMN = re.compile(
    r'^    "?(?P<name>\w+)"? (?P<type>[A-Z][A-Z ]*?(?:\([\d, ]+\))?)(?P<rest>| NOT NULL.*| PRIMARY.*| REFERENCES.*),?$'
)
_REFERENCE = re.compile(r"REFERENCES (\w+) \((\w+)\)")
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
    """A table: what one row is, and its columns in order."""

    name: str
    grain: str
    columns: tuple[ColumnDefinition, ...]


def read_table(name: str) -> TableDefinition:
    """Read a table from its `sql/create/<name>.sql`."""
    [statement] = sql.statements(f"create/{name}")
    key = re.search(r"^    PRIMARY KEY \((.*)\)", statement, re.MULTILINE)
    keys = key[1].split(", ") if key else []
    columns = tuple(_column(match, keys) for line in statement.splitlines() if (match := _COLUMN.match(line)))
    return TableDefinition(name, " ".join(_GRAIN.findall(statement)), columns)


def _column(match: re.Match[str], keys: Sequence[str]) -> ColumnDefinition:
    name, rest = match["name"], match["rest"]
    reference = _REFERENCE.search(rest)
    is_key = "PRIMARY KEY" in rest or name in keys
    return ColumnDefinition(name, match["type"], "NOT NULL" in rest, is_key, reference[1] if reference else None)
