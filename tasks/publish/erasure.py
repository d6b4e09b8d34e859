"""Erase a person in the open transaction: lake tables, quarantine, ledger; the star follows from the lake tables."""

import sql
from lake.clock import utc_now
from sql.datasets import DATASETS, Dataset
from sql.tables import lake_names
from tasks.person import is_of_person
from warehouse import WarehouseConnection


def remember(star: WarehouseConnection, user_id: int) -> None:
    """Enter the person in the suppression list, and delete the lines of theirs that are in quarantine."""
    with star.cursor() as cursor:
        sql.run(cursor, "erase/remember", user_id=user_id, now=utc_now())
        for dataset in DATASETS.values():
            if dataset.person:
                pattern = is_of_person(dataset.person, user_id)
                sql.run(cursor, "erase/quarantine", dataset=dataset.name, is_of_person=pattern)


def leave_lake(cursor: sql.Cursor, dataset: Dataset, user_id: int) -> int:
    """Take the person's rows out of a lake table, and return how many; those that left are known to the loads."""
    if dataset.person is None:
        return 0
    return sql.run(cursor, "erase/lake", lake_names(dataset), dataset=dataset.name, user_id=user_id)
