"""What is to be checked: suites, each with the query of its rows, and the connection that they are read by."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import psycopg2.extensions

from sql.datasets import DATASETS, STAGING
from sql.tables import STAR


class Lendable(Protocol):
    """A warehouse connection, as far as it matters here."""

    @property
    def engine(self) -> str:
        """The dialect: `postgresql` or `redshift`."""

    def lend(self) -> AbstractContextManager[psycopg2.extensions.connection]:
        """Let a borrower read in the open transaction, and ignore its commit, rollback and close."""


LATEST = "SELECT MAX(batch_id) FROM batches"
"""The batch of the run that holds the warehouse, in the transactions of that run."""


@dataclass(frozen=True)
class Check:
    """A suite, by its name, and the query of its rows, without a % (which the library would double)."""

    table: str
    query: str


def staging_checks(datasets: Sequence[str]) -> list[Check]:
    """Return the checks of the staging tables of these datasets, before the star is touched."""
    tables = [DATASETS[name].staging for name in datasets]
    return [Check(table, f"SELECT * FROM {table}") for table in tables]  # noqa: S608


def batch_checks(datasets: Sequence[str]) -> list[Check]:
    """Return the checks of what the latest batch wrote, from these datasets: the star's rows, and that none is missing.

    Which batch that is stands in `batches`, and not in the queries: Redshift would compile each of them anew.
    """
    written = [Check(table, f"SELECT * FROM {table} WHERE batch_id = ({LATEST})") for table in STAR]  # noqa: S608
    staged = [
        Check(each.reconciliation, f"SELECT * FROM {each.staging}")  # noqa: S608
        for each in (DATASETS[name] for name in datasets)
    ]
    return [*written, *staged]


def suite_names() -> list[str]:
    """Return the names of all suites: of each staging table, table of the star, and dataset as it was loaded."""
    return [*STAGING, *STAR, *(dataset.reconciliation for dataset in DATASETS.values())]


def star_checks() -> list[Check]:
    """Return the checks of the whole star."""
    return [Check(table, f"SELECT * FROM {table}") for table in STAR]  # noqa: S608
