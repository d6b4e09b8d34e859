"""The tables as `sql/create` makes them: read from the DDL."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sql

TABLES = (
    "batches", "loaded_files", "quarantine", "sources", "run_lock", "staging_events", "staging_songs",
    "users", "artists", "songs", "time", "songplays",
)  # fmt: skip
"""Every table, each after those that it refers to."""

STAR = ("users", "time", "songplays", "songs", "artists")
_COLUMN = re.compile(
    r'^    "?(?P<name>\w+)"? (?P<type>[A-Z][A-Z ]*?(?:\([\d, ]+\))?)(?P<rest>| NOT NULL.*| PRIMARY.*| REFERENCES.*),?$'
)
_REFERENCE = re.compile(r"REFERENCES (\w+) \((\w+)\)")
_GRAIN = re.compile(r"^-- (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Column:
    """A column: its type, whether it must have a value, whether it is the key, and the table that it refers to."""

    name: str
    type: str
    is_required: bool
    is_key: bool
    refers_to: str | None


@dataclass(frozen=True)
class Table:
    """A table: what one row is, and its columns in order."""

    name: str
    grain: str
    columns: tuple[Column, ...]


def read_table(name: str) -> Table:
    """Read a table from its `sql/create/<name>.sql`."""
    [statement] = sql.statements(f"create/{name}")
    key = re.search(r"^    PRIMARY KEY \((.*)\)", statement, re.MULTILINE)
    keys = key[1].split(", ") if key else []
    columns = tuple(_column(match, keys) for line in statement.splitlines() if (match := _COLUMN.match(line)))
    return Table(name, " ".join(_GRAIN.findall(statement)), columns)


def _column(match: re.Match[str], keys: Sequence[str]) -> Column:
    name, rest = match["name"], match["rest"]
    reference = _REFERENCE.search(rest)
    is_key = "PRIMARY KEY" in rest or name in keys
    return Column(name, match["type"], "NOT NULL" in rest, is_key, reference[1] if reference else None)
