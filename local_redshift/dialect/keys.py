"""What stands for a key in PostgreSQL: an index for rows to be found by, and a constraint that checks nothing.

The constraint of a foreign key depends on the table that the key refers to, for DROP TABLE to notice it; of other keys
there is none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from local_redshift.dialect.columns import Reference
from local_redshift.dialect.tokens import NAME_BYTES


@dataclass(frozen=True)
class ForeignKey:
    """Columns that refer to another table, and the name of the key if it was given one."""

    columns: tuple[str, ...]
    reference: Reference
    name: str = ""


def index(table: str, method: str, key: Sequence[str], *, is_placeholder: bool = False) -> str:
    """Return the statement that makes the index of a key, or its placeholder."""
    label = _label(f"{'due_' * is_placeholder}{_plain(table)}", *key, method)
    columns = ", ".join(f'"{column}"' for column in key)
    options = " WITH (autosummarize = on)" if method == "brin" else ""
    rows = " WHERE FALSE" if is_placeholder else ""
    return f'CREATE INDEX IF NOT EXISTS "{label}" ON {table} USING {method} ({columns}){options}{rows}'


def name_references(keys: Iterable[ForeignKey], table: str) -> Iterator[tuple[str, ForeignKey]]:
    """Give each foreign key of a table its name, which is made of its columns where it was given none."""
    made = Counter[str]()
    for key in keys:
        name = key.name or _label(_plain(table), *key.columns, "fkey")
        yield f"{name}{made[name] or ''}", key
        made[name] += 1


def constraint(name: str, key: ForeignKey) -> str:
    """Return the constraint that stands for a foreign key: it checks nothing, and goes with the columns of the key."""
    columns = ", ".join(f'"{column}"' for column in key.columns)
    return f'CONSTRAINT "{name}" CHECK (TRUE OR ({columns}) IS NULL) NOT ENFORCED'


def refer(table: str, name: str, reference: Reference) -> str:
    """Return the statement that makes the constraint of a foreign key depend on what the key refers to."""
    given = ", ".join(f"$name${text}$name$" for text in (table, name, reference.table, *reference.columns))
    return f"SELECT redshift.refer({given})"


def _plain(table: str) -> str:
    return table.rpartition(".")[2].strip('" ')


def _label(*parts: str) -> str:
    return "_".join(parts).encode()[:NAME_BYTES].decode(errors="ignore")


def build_indexes(table: str) -> str:
    """Return the statement that replaces the placeholders of a table by indexes, once it has rows."""
    return f"SELECT redshift.build_indexes($name${table}$name$)"
