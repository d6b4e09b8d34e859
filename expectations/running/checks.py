"""What is to be checked: suites, each with the query of its rows, and the connection that they are read by."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import psycopg2.extensions

from sql.datasets import DATASETS, STAGING
from sql.tables import STAR, people

ERASED = "erased_users"
"""The suite of the rows that are somebody's."""


class Lendable(Protocol):
    """A warehouse connection, as far as it matters here."""

    @property
    def engine(self) -> str:
        """The dialect: `postgresql` or `redshift`."""

    def lend(self) -> AbstractContextManager[psycopg2.extensions.connection]:
        """Let a borrower read in the open transaction, and ignore its commit, rollback and close."""


FILLED, PLAYS, THERE, KNOWN, SHARES = HISTORY = (
    "column_is_filled_as_before",
    "day_has_plays_as_before",
    "value_is_there_as_before",
    "value_is_known",
    "share_is_as_usual",
)
"""The rules that hold a batch against those before it; `--accept-drift` makes warnings of those that stop a run."""
LATEST = "SELECT MAX(batch_id) FROM batches"
"""The batch of the run that holds the warehouse, in the transactions of that run."""


@dataclass(frozen=True)
class Check:
    """A suite, by its name, and the query of its rows, without a % (which the library would double)."""

    table: str
    query: str
    others: str = ""
    """The query of the rows of the table that are not among these; none where these are all of them."""


def staging_checks(datasets: Sequence[str]) -> list[Check]:
    """Return the checks of the staging tables of these datasets, before the star is touched."""
    tables = [DATASETS[name].staging for name in datasets]
    return [Check(table, f"SELECT * FROM {table}") for table in tables]  # noqa: S608


def batch_checks(datasets: Sequence[str], erased: int | None = None) -> list[Check]:
    """Return the checks of what the latest batch wrote, from these datasets: the star's rows, and that none is missing.

    Which batch that is stands in `batches`, and not in the queries: Redshift would compile each of them anew. Of a
    person whom it erased, whom nothing that it wrote is about, all rows that there may be are checked.
    """
    written = [
        Check(
            table,
            f"SELECT * FROM {table} WHERE batch_id = ({LATEST})",  # noqa: S608
            f"SELECT * FROM {table} WHERE batch_id <> ({LATEST})",  # noqa: S608
        )
        for table in STAR
    ]
    staged = [
        Check(each.reconciliation, f"SELECT * FROM {each.staging}")  # noqa: S608
        for each in (DATASETS[name] for name in datasets)
    ]
    whose = f"batch_id = ({LATEST})" if erased is None else f"{{person}} = {int(erased)}"
    return [*written, *staged, Check(ERASED, _people(f" WHERE {whose}"))]


def suite_names() -> list[str]:
    """Return the names of all suites: of staging tables, tables of the star, datasets as loaded, and people."""
    return [*STAGING, *STAR, *(dataset.reconciliation for dataset in DATASETS.values()), ERASED]


def star_checks() -> list[Check]:
    """Return the checks of the whole star."""
    tables = [Check(table, f"SELECT * FROM {table}") for table in STAR]  # noqa: S608
    return [*tables, Check(ERASED, _people(""))]


def _people(where: str) -> str:
    """Return the query of the rows that are somebody's: in which table, and whose."""
    return " UNION ALL ".join(
        f"SELECT '{table}' AS table_name, {person} AS user_id FROM {table}{where.format(person=person)}"  # noqa: S608
        for table, person in people().items()
    )
