"""Find the table of a COPY in the catalogue, and the columns that it fills.

Refused: a column of a type that COPY does not convert here, and a NUMERIC without a precision, which Redshift's is
not (it is NUMERIC(18,0) there) and whose digits would be lost without a word.
"""

from dataclasses import dataclass

import psycopg2.extensions

from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.columns import SQL_TYPES, TargetColumn
from local_redshift.copy.failure import CopyFailure

_UNBOUNDED_BYTES = 65_535  # VARCHAR(MAX), which CREATE TABLE AS leaves without a length

_CATALOGUE = """
    SELECT c.oid, c.relkind IN ('r', 'p'), has_table_privilege(c.oid, 'INSERT'),
        a.attname, t.typname, a.atttypmod, a.attnotnull, a.attidentity
    FROM pg_class AS c
    INNER JOIN pg_attribute AS a ON c.oid = a.attrelid
    INNER JOIN pg_type AS t ON a.atttypid = t.oid
    WHERE c.oid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""


@dataclass(frozen=True)
class Target:
    """The table of a COPY and the columns it fills, in the order of its column list; `name` is quoted for SQL."""

    table_id: int
    name: str
    columns: tuple[TargetColumn, ...]

    @property
    def column_list(self) -> str:
        """The columns as SQL has them."""
        return ", ".join(_quote(column.name) for column in self.columns)


def find_target(cursor: psycopg2.extensions.cursor, command: CopyCommand) -> Target:
    """Look up the table and choose its columns (Redshift guide, copy-parameters-column-mapping).

    Raises:
        CopyFailure: the table cannot be loaded, or not with these columns.
    """
    name = ".".join(_quote(part) for part in (command.schema, command.table) if part)
    cursor.execute(_CATALOGUE, (name,))
    rows = cursor.fetchall()
    if not rows:
        raise CopyFailure(f"Cannot COPY into nonexistent table {command.table}", sqlstate="42P01")
    table_id, is_table, may_insert = rows[0][:3]
    if not is_table:
        raise CopyFailure(f'cannot copy to "{command.table}": it is not a table', sqlstate="42809")
    if not may_insert:
        raise CopyFailure(f"permission denied for relation {command.table}", sqlstate="42501")
    chosen = _choose({row[3]: row[7] for row in rows}, command)
    by_name = {row[3]: row for row in rows}
    return Target(table_id, name, tuple(_column(*by_name[column][3:]) for column in chosen))


def _choose(identities: dict[str, str], command: CopyCommand) -> tuple[str, ...]:
    """Return the names of the columns to fill; `identities` maps every column to its kind of identity."""
    listed = command.columns
    if listed is None:
        listed = tuple(c for c, kind in identities.items() if kind != "a" or command.explicit_ids)
    for column in listed:
        if column not in identities:
            message = f'column "{column}" of relation "{command.table}" does not exist'
            raise CopyFailure(message, sqlstate="42703")
        if identities[column] == "a" and not command.explicit_ids:
            raise CopyFailure(
                "cannot set an identity column to a value",
                f'column "{column}" is an IDENTITY column: add EXPLICIT_IDS or leave it out of the column list',
            )
    if command.explicit_ids and not any(identities[column] for column in listed):
        message = "EXPLICIT_IDS needs an IDENTITY column among the columns of COPY"
        raise CopyFailure(message, f'table "{command.table}": leave EXPLICIT_IDS out, or list the IDENTITY column')
    return listed


def _column(name: str, kind: str, modifier: int, not_null: bool, identity: str) -> TargetColumn:
    kind = "varchar" if kind == "text" else kind
    if kind not in SQL_TYPES or (modifier < 0 and kind in ("numeric", "bpchar")):
        what = kind if kind not in SQL_TYPES else f"{kind} without a length"
        raise CopyFailure(f'column "{name}": COPY into type {what} is not emulated', sqlstate="0A000")
    length, scale = 0, 0
    if kind == "numeric":
        length, scale = (modifier - 4) >> 16, (modifier - 4) & 0x7FF
    elif kind in ("varchar", "bpchar"):
        length = modifier - 4 if modifier >= 0 else _UNBOUNDED_BYTES
    return TargetColumn(name, kind, length, scale, not_null, identity)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
