"""What the columns mean: read from `meanings.toml`, which pages, the catalogue and contracts are made of."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import sql
from sql.datasets import DATASETS
from sql.tables import TableDefinition, read_table

FILE = sql.FOLDER / "meanings.toml"
ANY = "any"
"""Where what means the same in every table stands."""


@dataclass(frozen=True)
class Meaning:
    """What a column means, its unit where it has one, and an example of a value."""

    means: str
    unit: str = ""
    example: str = ""

    def __str__(self) -> str:
        """Return it as one line."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.means}{unit}{f'; such as {self.example}' if self.example else ''}."


def meaning(table: str, column: str) -> Meaning | None:
    """Return what a column means; None where that is not written."""
    staging = [dataset.staging for dataset in DATASETS.values() if dataset.lake == table]
    known = _read()
    found = (known.get(place, {}).get(column) for place in (table, *staging, ANY))
    return next(filter(None, found), None)


def comments(tables: Sequence[str]) -> list[str]:
    """Return the statements that put meanings into the catalogue, for tables that are there."""
    return [text for table in tables for text in _comments(read_table(table))]


def column_comments(table: TableDefinition) -> dict[str, str]:
    """Return what the catalogue is to say of the columns of a table whose meaning is written."""
    known = {column.name: meaning(table.name, column.name) for column in table.columns}
    return {name: str(each) for name, each in known.items() if each}


def _comments(table: TableDefinition) -> list[str]:
    columns = column_comments(table).items()
    return [
        f"COMMENT ON TABLE {table.name} IS {_literal(table.grain)}",
        *(f'COMMENT ON COLUMN {table.name}."{name}" IS {_literal(text)}' for name, text in columns),
    ]


def _literal(text: str) -> str:
    r"""Return a literal for a server where a backslash is an escape, as on Redshift, and for psycopg2's parameters."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("%", "%%") + "'"


@cache
def _read() -> Mapping[str, Mapping[str, Meaning]]:
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {table: {name: Meaning(**each) for name, each in columns.items()} for table, columns in content.items()}
