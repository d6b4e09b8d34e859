"""Erasure: what is staged has no row of people who were erased, and the lines that COPY refused are none of theirs."""

from collections import Counter
from itertools import groupby
from operator import attrgetter

import sql
from sql.datasets import DATASETS
from tasks.person import people_in
from tasks.stage.load_errors import LoadError
from tasks.validate.evidence import read_lines
from warehouse import Store, WarehouseConnection


def erase_staged(cursor: sql.Cursor, dataset: str) -> int:
    """Delete the rows of erased people from staging, in the transaction of COPY; return how many they were."""
    declared = DATASETS[dataset]
    if declared.person is None:
        return 0
    return sql.run(cursor, "erase/staging", {"staging": declared.staging, "person": declared.person})


def without_erased(
    connection: WarehouseConnection, store: Store, dataset: str, load_errors: tuple[LoadError, ...]
) -> tuple[tuple[LoadError, ...], Counter[str]]:
    """Leave out the lines of erased people that COPY refused; return the others, and how many it are of each file.

    What the load history has of a line may be cut, so that the files are read; but only where somebody was erased.

    Raises:
        StorageError: a file cannot be read.
    """
    person = DATASETS[dataset].person
    if person is None or not load_errors:
        return load_errors, Counter()
    with connection, connection.cursor() as cursor:
        erased = {user_id for (user_id,) in sql.fetch(cursor, "inspect/erased_users")}
    theirs: set[tuple[str, int]] = set()
    for url, of_file in groupby(load_errors if erased else (), attrgetter("url")):
        lines = read_lines(store, url, {each.line_number for each in of_file})
        theirs.update((url, line.number) for line in lines if erased & people_in(person, line.raw))
    others = tuple(each for each in load_errors if (each.url, each.line_number) not in theirs)
    return others, Counter(each.url for each in load_errors if (each.url, each.line_number) in theirs)
