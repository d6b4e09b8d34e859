"""Proof: hold the whole star against what the lake tables give, every row in both directions.

The loads read empty temporary tables, which by their names hide the star of the schema from them: what they would write
is what `sparkify rebuild` would put in the place of the star, and that is compared with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from operator import itemgetter

import sql
from sql.datasets import DATASETS, LAKE, is_personal
from sql.tables import KEPT, STAR, lake_names, natural_key, read_sources, read_table
from tasks.publish.ledger import describe
from tasks.publish.loading import NO_BATCH, Arrival
from tasks.wording import counted
from warehouse import WarehouseConnection

KINDS = {
    "missing": "lacks {} that the lake tables give",
    "surplus": "holds {} that the lake tables do not give",
    "wrong": "holds {} other than the lake tables give them",
}
"""What a difference is called in a message, by what `compare/star` calls it."""

LOAD_LAKE = "sparkify etl --full-refresh loads the lake again"
REMEDY = {
    False: "sparkify rebuild computes the star from the lake tables again; where it is they that were changed, "
    + LOAD_LAKE,
    True: LOAD_LAKE,
}
"""What to do, by whether the lake tables are known to be wrong."""


@dataclass(frozen=True)
class Difference:
    """How a table of the star differs from what the lake tables give: how many rows do, and the keys of the first."""

    table: str
    kind: str
    rows: int
    keys: tuple[str, ...]

    def __str__(self) -> str:
        what = KINDS[self.kind].format(counted(self.rows, "row"))
        more = "; ..." if self.rows > len(self.keys) else ""
        return f"table {self.table} {what} ({'; '.join(self.keys)}{more})"


Imbalance = tuple[object, ...]
"""An account, the rows that are due there, and those that were found."""


def find_imbalances(cursor: sql.Cursor) -> list[Imbalance]:
    """Return where the ledger has other numbers of rows than the star, the lake tables, and their batches."""
    return [
        *sql.fetch(cursor, "inspect/star_imbalances", {"star": KEPT}),
        *sql.fetch(cursor, "inspect/lake_imbalances", {"lake": LAKE}),
    ]


def describe_proof(imbalances: Sequence[Imbalance], differences: Sequence[Difference]) -> str:
    """Return a message with what was found and the remedy; nothing where all is as it should be.

    Where the lake tables themselves are wrong, what is computed from them is no better.
    """
    if not imbalances and not differences:
        return ""
    found = [*filter(None, [describe(imbalances)]), *map(str, differences)]
    is_lake_wrong = any(str(account).startswith(LAKE) for account, *_ in imbalances)
    return f"{'; '.join(found)}: rows came, went or changed outside of this project; {REMEDY[is_lake_wrong]}"


def hold_against_lake(connection: WarehouseConnection, schema: str) -> list[Difference]:
    """Compute the star from the lake tables, and return where the one of the schema differs from it.

    What follows from a row of the star alone is not told: suites hold that too, and that each key is there once.
    The transaction is the caller's, who must roll it back: until then the temporary tables hide the others.
    """
    with connection.cursor() as cursor:
        sql.run(cursor, "shadow/star", {"star": STAR, "schema": schema})
        for dataset in DATASETS.values():
            sql.run(cursor, "shadow/leaving", {**lake_names(dataset), "schema": schema})
        return [difference for table in STAR for difference in _hold(cursor, schema, table)]


def _hold(cursor: sql.Cursor, schema: str, table: str) -> Iterator[Difference]:
    """Compare a table of the star with what its load gives, in all columns but the batch that wrote a row.

    Two tables have a row for nearly each of the lake, and are compared with it first: moments are no more than that,
    of plays only those are computed which are not in the star as they are in the lake.
    """
    definition = read_table(table)
    key = natural_key(definition)
    columns = ", ".join(column.name for column in definition.columns if column.name != "batch_id")
    names = {"schema": schema, "columns": columns, "key": ", ".join(key), "computed": f"written_{table}"}
    if table == "time":
        found = sql.fetch(cursor, "compare/time", names)
    elif table == "songplays":
        events = ", ".join(column.name for column in read_table(DATASETS["events"].lake).columns)
        sql.run(cursor, "shadow/plays", {**names, "lake_columns": events})
        _compute(cursor, table)
        found = sql.fetch(cursor, "compare/star", {**names, "held": "differing_songplays"})
    else:
        _compute(cursor, table)
        found = sql.fetch(cursor, "compare/star", {**names, "held": f"{schema}.{table}"})
    for (kind, rows), group in groupby(found, itemgetter(0, 1)):
        yield Difference(table, str(kind), int(str(rows)), tuple(describe_key(key, row[2:]) for row in group))


def _compute(cursor: sql.Cursor, table: str) -> None:
    """Compute what the load of a table would write into an empty one; where another load reads it, write it too."""
    statements = sql.statements(f"load/{table}")
    is_read = any(table in read_sources(other) for other in STAR)
    for statement in statements if is_read else takewhile(lambda each: not each.startswith("DELETE FROM"), statements):
        cursor.execute(statement, {"batch_id": NO_BATCH, **vars(Arrival(NO_BATCH))})


def describe_key(names: Sequence[str], values: Sequence[object]) -> str:
    """Name a row by its key, without values that say who somebody is."""
    return ", ".join(
        f"{name} not shown" if is_personal(name) else f"{name} {value}"
        for name, value in zip(names, values, strict=True)
    )
