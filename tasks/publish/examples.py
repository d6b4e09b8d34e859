"""Examples of the rows that a batch changes, by their keys: what a preview shows of what nobody else can see yet."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import sql
from sql.tables import natural_key, read_table
from tasks.publish.loading import StarChange
from tasks.validate.proof import describe_key
from warehouse import WarehouseConnection

Examples = Mapping[str, tuple[str, ...]]
"""The keys of some rows, by what became of them: added, changed or removed."""


def find_examples(star: WarehouseConnection, changes: Sequence[StarChange]) -> dict[str, Examples]:
    """Return examples of the changed rows of each table, in the transaction that loaded it; a cleared one has none."""
    with star.cursor() as cursor:
        return {
            change.load.table: _changed_keys(cursor, change.load.table)
            for change in changes
            if not change.rows_cleared and (change.load.rows_written or change.load.rows_removed)
        }


def _changed_keys(cursor: sql.Cursor, table: str) -> Examples:
    key = natural_key(read_table(table))
    rows = sql.fetch(cursor, "inspect/written_keys", {"written": f"written_{table}", "key": ", ".join(key)})
    return {
        str(change): tuple(describe_key(key, row[1:]) for row in changed)
        for change, changed in groupby(rows, itemgetter(0))
    }
