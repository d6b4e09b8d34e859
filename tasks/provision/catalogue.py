"""The catalogue: which tables and columns the warehouse has, and how they differ from what `sql/create` makes."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import sql
from sql.datasets import STAGING
from sql.meanings import column_comments
from sql.tables import KEPT, ColumnDefinition, read_table
from warehouse import WarehouseConnection

LEASE_TABLES = ("run_lock", "leases", "heartbeats")
"""What a run holds the warehouse by, which it makes before anything else, and which `reset` leaves as it is."""
_TYPES = {"TIMESTAMP": "timestamp without time zone", "VARCHAR": "character varying", "CHAR": "character"}
"""What the catalogue calls a type, where that is another name than that of the DDL."""
DISTSTYLE_ALL = 8
"""What PG_CLASS_INFO calls it. Redshift's own choice for a small table (10) is none: it ends as the table grows."""
_VARCHAR = re.compile(r"character varying\((\d+)\)")


@dataclass(frozen=True)
class CatalogueColumn:
    """A column that is there: its type in the words of the catalogue, and whether it must have a value.

    The local warehouse does not keep whether rows are distributed by it, its place in the sort key (0 is none), and how
    its table is distributed.
    """

    type: str
    is_required: bool
    is_dist_key: bool | None = None
    sort_position: int | None = None
    dist_style: int | None = None
    comment: str | None = None
    """What the catalogue says that it means."""


Catalogue = Mapping[str, Mapping[str, CatalogueColumn]]
"""The columns of each table that is there."""


def read_catalogue(connection: WarehouseConnection, schema: str) -> Catalogue:
    """Read which tables and columns a schema has; none where there is no such schema."""
    found: dict[str, dict[str, CatalogueColumn]] = {}
    with connection.cursor() as cursor:
        for row in sql.fetch_named(cursor, "inspect/columns", schema_name=schema.lower()):
            found.setdefault(row["table_name"], {})[row["column_name"]] = CatalogueColumn(
                row["column_type"],
                row["is_required"],
                row["is_dist_key"],
                row["sort_position"],
                row["dist_style"],
                row["column_comment"],
            )
    return found


def read_keys(connection: WarehouseConnection, schema: str) -> set[tuple[str, str]]:
    """Read which keys a schema declares: their tables, and their words as `sql/create` has them."""
    with connection.cursor() as cursor:
        rows = sql.fetch_named(cursor, "inspect/keys", schema_name=schema.lower())
    return {(row["table_name"], _plain_key(row["declaration"])) for row in rows}


def _plain_key(declaration: str) -> str:
    """Write a key as `sql/create` does: of a table that is referred to, the server may name the schema too."""
    return re.sub(r'REFERENCES (?:"?\w+"?\.)?"?(\w+)"? ?\(', r"REFERENCES \1 (", declaration.replace('"', ""))


def misplaced(name: str, found: Mapping[str, CatalogueColumn], keys: Collection[tuple[str, str]]) -> Iterator[str]:
    """Give each ALTER TABLE that a table lacks to have the keys of its DDL, and its rows where that says.

    The rows are the same without it, only slower to find. Nothing is said of what the warehouse does not keep.
    """
    if any(column.is_dist_key is None for column in found.values()):
        return
    wanted = read_table(name)
    yield from (f"ALTER TABLE {name} ADD {key}" for key in wanted.keys if (name, key) not in keys)
    is_distributed_otherwise = (
        [column for column in found if found[column].is_dist_key] != [wanted.dist_key]
        if wanted.dist_key
        else {column.dist_style for column in found.values()} - {DISTSTYLE_ALL, None}
    )
    if is_distributed_otherwise:
        style = f"KEY DISTKEY {wanted.dist_key}" if wanted.dist_key else "ALL"
        yield f"ALTER TABLE {name} ALTER DISTSTYLE {style}"
    positions = {column: each.sort_position for column, each in found.items() if each.sort_position}
    if tuple(sorted(positions, key=positions.__getitem__)) != wanted.sort_key:
        columns = f"({', '.join(wanted.sort_key)})" if wanted.sort_key else "NONE"
        yield f"ALTER TABLE {name} ALTER SORTKEY {columns}"


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


def uncommented(name: str, found: Mapping[str, CatalogueColumn]) -> bool:
    """Tell whether the catalogue does not say of each column of a table what it means, or says something else."""
    wanted = column_comments(read_table(name))
    return any(found[column].comment != text for column, text in wanted.items() if column in found)


def new_columns(name: str, found: Mapping[str, CatalogueColumn]) -> list[ColumnDefinition]:
    """Return the columns that can be added to an audit table: those that are missing and may be NULL.

    That is how newer code extends the audit tables: such a column is NULL for older batches.
    """
    if name in ("run_lock", *STAGING, *KEPT):
        return []
    return [column for column in read_table(name).columns if column.name not in found and not column.is_required]


def _catalogue_type(declared: str) -> str:
    name, opening, length = declared.partition("(")
    return f"{_TYPES.get(name, name.lower())}{opening}{length.replace(' ', '')}"


def _is_wider(found: str, wanted: str) -> bool:
    there, due = _VARCHAR.fullmatch(found), _VARCHAR.fullmatch(wanted)
    return bool(there and due and int(there[1]) > int(due[1]))
