"""The catalogue: which tables and columns the warehouse has, and how they differ from what `sql/create` makes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sql
from sql.tables import STAGING, STAR, ColumnDefinition, read_table
from warehouse import WarehouseConnection

LOCK = "run_lock"
_TYPES = {"TIMESTAMP": "timestamp without time zone", "VARCHAR": "character varying", "CHAR": "character"}
"""What the catalogue calls a type, where that is another name than that of the DDL."""
_VARCHAR = re.compile(r"character varying\((\d+)\)")


@dataclass(frozen=True)
class CatalogueColumn:
    """A column that is there: its type in the words of the catalogue, and whether it must have a value."""

    type: str
    is_required: bool


Catalogue = Mapping[str, Mapping[str, CatalogueColumn]]
"""The columns of each table that is there."""


def read_catalogue(connection: WarehouseConnection, schema: str) -> Catalogue:
    """Read which tables and columns a schema has; none where there is no such schema."""
    found: dict[str, dict[str, CatalogueColumn]] = {}
    with connection.cursor() as cursor:
        for table, column, kind, is_required in sql.fetch(cursor, "inspect/columns", schema_name=schema.lower()):
            found.setdefault(str(table), {})[str(column)] = CatalogueColumn(str(kind), bool(is_required))
    return found


def differences(name: str, found: Mapping[str, CatalogueColumn]) -> Iterator[str]:
    """Tell how a table differs from its DDL, beyond columns that can be added to it.

    Columns that somebody added and a VARCHAR that somebody made wider are no difference.
    """
    added = new_columns(name, found)
    for column in read_table(name).columns:
        there, wanted = found.get(column.name), _catalogue_type(column.type)
        if column in added:
            continue
        if there is None:
            yield f"column {name}.{column.name} is gone"
        elif there.type != wanted and not _is_wider(there.type, wanted):
            yield f"column {name}.{column.name} is {there.type}, not {wanted}"
        elif there.is_required != column.is_required:
            yield f"column {name}.{column.name} is {'' if there.is_required else 'not '}NOT NULL"


def new_columns(name: str, found: Mapping[str, CatalogueColumn]) -> list[ColumnDefinition]:
    """Return the columns that can be added to a table of the books: those that are missing and may be NULL.

    That is how newer code extends the books: of older batches they know nothing in such a column.
    """
    if name in (LOCK, *STAGING.values(), *STAR):
        return []
    return [column for column in read_table(name).columns if column.name not in found and not column.is_required]


def _catalogue_type(declared: str) -> str:
    name, opening, length = declared.partition("(")
    return f"{_TYPES.get(name, name.lower())}{opening}{length.replace(' ', '')}"


def _is_wider(found: str, wanted: str) -> bool:
    there, due = _VARCHAR.fullmatch(found), _VARCHAR.fullmatch(wanted)
    return bool(there and due and int(there[1]) > int(due[1]))
