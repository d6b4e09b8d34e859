"""Find a person in the warehouse, who is to be erased."""

from dataclasses import dataclass
from datetime import datetime

import sql
from sql.datasets import DATASETS
from tasks.person import is_of_anybody, is_of_person
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.session import session
from tasks.wording import counted
from warehouse import Warehouse, WarehouseError


@dataclass(frozen=True)
class Person:
    """What a warehouse has of a person: when they were erased before, rows, and lines in quarantine.

    `lines_of_nobody` in quarantine have no number of a user that could be read: they may be anybody's.
    """

    user_id: int
    erased_at: datetime | None
    lake_rows: int
    star_rows: int
    quarantined_lines: int
    lines_of_nobody: int

    @property
    def is_known(self) -> bool:
        """Whether there is anything of them."""
        return bool(self.erased_at or self.lake_rows or self.star_rows or self.quarantined_lines)

    def outcome(self, *, is_done: bool) -> str:
        """Say for a person what was done, or would be."""
        lines = counted(self.quarantined_lines, "line")
        theirs = f"with {counted(self.lake_rows, 'row')} of the lake tables and {lines} in quarantine"
        if not is_done:
            return f"user {self.user_id} would be erased by --confirm, {theirs}; nothing was changed"
        before = f" (erased before, at {self.erased_at:%Y-%m-%d %H:%M} UTC)" if self.erased_at else ""
        return f"user {self.user_id} is erased{before}, {theirs}, and left out of all loads from now on"


@io_task("find person")
def find_person(warehouse: Warehouse, user_id: int, *, in_advance: bool) -> Person:
    """Find what there is of a person; with `in_advance` there may be nothing yet.

    Raises:
        WarehouseError: there is nothing; or the lake tables do not have what the star was loaded from.
    """
    with session(warehouse) as connection, connection.cursor() as cursor:
        person = _read(cursor, user_id)
    if not person.is_known and not in_advance:
        raise WarehouseError(
            f"user {user_id} is in no table and was not erased before: nothing is changed; check the number, or keep "
            "out who comes with later files by --in-advance"
        )
    if person.star_rows and not person.lake_rows:
        raise WarehouseError(
            f"user {user_id} is in the star, but not in the lake tables, which it is computed from: run sparkify etl "
            "first, which fills them, or sparkify rebuild"
        )
    run_logger().info(
        "user %d: %s of the lake tables and %s in quarantine%s",
        user_id,
        counted(person.lake_rows, "row"),
        counted(person.quarantined_lines, "line"),
        f"; erased before, at {person.erased_at} UTC" if person.erased_at else "",
    )
    return person


def _read(cursor: sql.Cursor, user_id: int) -> Person:
    erased_at, lake_rows, star_rows, lines, lines_of_nobody = None, 0, 0, 0, 0
    for dataset in DATASETS.values():
        if dataset.person is None:
            continue
        [found] = sql.fetch_named(
            cursor,
            "inspect/person",
            {"lake": dataset.lake, "person": dataset.person},
            dataset=dataset.name,
            user_id=user_id,
            is_of_person=is_of_person(dataset.person, user_id),
            is_of_anybody=is_of_anybody(dataset.person),
        )
        erased_at, star_rows = found["erased_at"], found["users_rows"] + found["songplays_rows"]
        lake_rows, lines = lake_rows + found["lake_rows"], lines + found["quarantined_lines"]
        lines_of_nobody += found["lines_of_nobody"]
    return Person(user_id, erased_at, lake_rows, star_rows, lines, lines_of_nobody)
