"""The tables as `sql/create` makes them: read from the DDL, as is which they are and what depends on what.

A table of the star is one that `sql/load` has a file for.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import overload

import sql
from sql.datasets import DATASETS, LAKE, STAGING, Dataset


class Names(Sequence[str]):
    """Names of tables, which are found when the first of them is needed: importing reads no files."""

    def __init__(self, find: Callable[[], tuple[str, ...]]) -> None:
        self._found = cache(find)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._found()[index]

    def __len__(self) -> int:
        return len(self._found())


PERSON = "user_id"
"""The column of the star's tables that says whose a row is."""
_COLUMN = re.compile(
    r'^    "?(?P<name>\w+)"? (?P<type>[A-Z][A-Z ]*?(?:\([\d, ]+\))?)(?P<rest>| NOT NULL.*| PRIMARY.*| REFERENCES.*),?$'
)
_REFERENCE = re.compile(r"REFERENCES (\w+) \((\w+)\)")
_KEY = re.compile(r"^    ((?:PRIMARY KEY|UNIQUE|FOREIGN KEY) \(.*\)),?$", re.MULTILINE)
_PRIMARY = re.compile(r"PRIMARY KEY \((.*)\)")
_ATTRIBUTE = re.compile(r"^(DISTKEY|SORTKEY) \((.*)\)", re.MULTILINE)
_GRAIN = re.compile(r"^-- (.*)$", re.MULTILINE)
_READS = re.compile(r"^-- Reads ([^.]*)\.", re.MULTILINE)


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


def read_sources(name: str) -> list[str]:
    """Return the tables that a load reads, other than its own, as its header names them."""
    text = (sql.FOLDER / f"load/{name}.sql").read_text(encoding="utf-8")
    named = {word for words in _READS.findall(text) for word in re.findall(r"\w+", words)}
    return sorted(named & {*_files("create")} - {name})


def loaded_from(dataset: Dataset) -> list[str]:
    """Return the tables of the star that are loaded from a dataset."""
    return [table for table in STAR if dataset.lake in read_sources(table)]


def natural_key(table: TableDefinition) -> tuple[str, ...]:
    """Return the columns by which a person knows a row: those of the UNIQUE key, or else of the primary key."""
    own = [key for kind in ("UNIQUE (", "PRIMARY KEY (") for key in table.keys if key.startswith(kind)]
    return tuple(own[0].partition("(")[2].rstrip(")").split(", "))


def lake_names(dataset: Dataset) -> dict[str, str]:
    """Return the names that `leave/lake`, `insert/lake` and `erase` have of a dataset: tables and common columns."""
    kept = read_table(dataset.lake)
    columns = ", ".join(column.name for column in kept.columns if column.name != "batch_id")
    names = {"staging": dataset.staging, "lake": dataset.lake, "leaving": f"leaving_{dataset.name}"}
    person = {"person": dataset.person} if dataset.person else {}
    return {**names, **person, "columns": columns, "distkey": kept.dist_key or columns.partition(",")[0]}


def column_of(dataset: Dataset, key: str) -> str | None:
    """Return the staging column that COPY puts the values of a key into, if one takes it."""
    name = key.lower() if dataset.ignores_case else key
    return name if any(column.name == name for column in read_table(dataset.staging).columns) else None


def people() -> dict[str, str]:
    """Return the tables of the lake and the star whose rows are somebody's, each with the column that says whose."""
    lake = {dataset.lake: dataset.person for dataset in DATASETS.values() if dataset.person}
    star = {table: PERSON for table in STAR if any(column.name == PERSON for column in read_table(table).columns)}
    return {**lake, **star}


def _files(folder: str) -> list[str]:
    return sorted(path.stem for path in (sql.FOLDER / folder).glob("*.sql"))


def _star() -> tuple[str, ...]:
    loaded = _files("load")
    return _in_order({name: [*_references(name), *read_sources(name)] for name in loaded})


def _tables() -> tuple[str, ...]:
    others = [name for name in _files("create") if name not in (*STAGING, *LAKE, *STAR)]
    return _in_order({name: _references(name) for name in (*others, *STAGING, *LAKE, *STAR)})


def _references(name: str) -> list[str]:
    return [column.refers_to for column in read_table(name).columns if column.refers_to]


def _in_order(needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Put each name behind those that it needs, and else leave them in order; a need of another name is none."""
    order: dict[str, None] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"tables need each other in a circle: {' -> '.join((*above, name))}")
        for other in needs:
            if other in needs[name] and other != name:
                add(other, (*above, name))
        order[name] = None

    for name in needs:
        add(name, ())
    return tuple(order)


STAR = Names(_star)
"""The tables of the star in the order in which they are loaded: each after those that it refers to or is made from."""
KEPT = Names(lambda: (*LAKE, *STAR))
"""The tables whose rows each batch accounts for in batch_tables: those of the lake, and the star."""
TABLES = Names(_tables)
"""Every table, each after those that it refers to."""
