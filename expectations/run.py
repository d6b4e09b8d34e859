"""Run suites on the rows of an open transaction, and leave the transaction as it was.

Nothing here commits, decides or raises on a failed expectation: that is for the caller, who has the results.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from threading import Thread
from typing import Protocol

import psycopg2.extensions

from expectations.results import SuiteResult

STAR = ("users", "artists", "songs", "time", "songplays")
STAGING = {"events": "staging_events", "songs": "staging_songs"}


class Lendable(Protocol):
    """A warehouse connection, as far as it matters here."""

    @property
    def engine(self) -> str:
        """The dialect: `postgresql` or `redshift`."""

    def lend(self) -> AbstractContextManager[psycopg2.extensions.connection]:
        """Let a borrower read in the open transaction, and ignore its commit, rollback and close."""


@dataclass(frozen=True)
class Check:
    """A suite, by its name, and the query of its rows, without a % (which the library would double)."""

    table: str
    query: str


class Shelf(Protocol):
    """Where pages are kept, each under a URL: in a folder, or on S3."""

    def list(self, url: str) -> Iterable[str]:
        """Return all URLs that start with this one."""

    def read(self, url: str) -> bytes | None:
        """Return what is kept there, None if nothing is."""

    def write(self, url: str, data: bytes) -> None:
        """Keep something there, all of it or nothing."""

    def delete(self, url: str) -> None:
        """Keep nothing there."""


@dataclass(frozen=True)
class DataDocs:
    """Where the pages of a run are written; `index.html` there lists all runs. The URL ends with a slash."""

    url: str
    run_name: str
    shelf: Shelf

    @property
    def index(self) -> str:
        """The URL of the page that lists all runs."""
        return f"{self.url}index.html"


def staging_checks(datasets: Sequence[str]) -> list[Check]:
    """Return the checks of the staging tables of these datasets (`events`, `songs`), before the star is touched."""
    return [Check(STAGING[dataset], f"SELECT * FROM {STAGING[dataset]}") for dataset in datasets]  # noqa: S608


def batch_checks(batch_id: int, datasets: Sequence[str]) -> list[Check]:
    """Return the checks of what a batch of these datasets wrote: the star's rows, and that none is missing."""
    written = [Check(table, f"SELECT * FROM {table} WHERE batch_id = {int(batch_id)}") for table in STAR]  # noqa: S608
    staged = [
        Check(f"reconciliation_{name}", f"SELECT staged.*, {int(batch_id)} AS batch_id FROM {STAGING[name]} AS staged")  # noqa: S608
        for name in datasets
    ]
    return [*written, *staged]


def star_checks() -> list[Check]:
    """Return the checks of the whole star."""
    return [Check(table, f"SELECT * FROM {table}") for table in STAR]  # noqa: S608


def run_suites(connection: Lendable, checks: Sequence[Check], docs: DataDocs | None = None) -> list[SuiteResult]:
    """Run the suites one after the other in the open transaction, and return what each found, in the same order.

    An expectation that could not be checked counts as a critical failure.

    Raises:
        psycopg2.Error: the connection is closed, or its transaction has failed already.
    """
    from expectations.session import run_session  # noqa: PLC0415  Great Expectations takes seconds to import

    return run_session(connection, checks, docs)


def warm_up() -> Thread:
    """Import Great Expectations, which takes seconds, in another thread, while something else waits."""
    thread = Thread(target=import_module, args=("expectations.session",), daemon=True)
    thread.start()
    return thread
