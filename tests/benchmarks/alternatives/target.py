"""Where an alternative finds the lake and PostgreSQL, and how it tells what it took."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.process import tell

USER = DATABASE = "sparkify"


@dataclass(frozen=True)
class Target:
    """A lake, the folder of PostgreSQL's socket, and a schema that nobody else writes to."""

    lake: Path
    socket: str
    schema: str

    @property
    def url(self) -> str:
        """Where PostgreSQL is, for SQLAlchemy and for dlt, which insists on a host and a password."""
        return f"postgresql://{USER}:unused@localhost/{DATABASE}?host={self.socket}"

    @property
    def dsn(self) -> str:
        """Where PostgreSQL is, for psycopg2; tables are made in the schema."""
        return f"host={self.socket} user={USER} dbname={DATABASE} options=-csearch_path={self.schema}"


def run(name: str, load: Callable[[Target], None]) -> None:
    """Load the lake that the command line names, and tell how long it took; imports are done by then."""
    target = Target(Path(sys.argv[1]), sys.argv[2], name)
    started = time.perf_counter()
    load(target)
    tell(time.perf_counter() - started)
