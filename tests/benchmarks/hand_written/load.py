"""The hand-written load in a process of its own: ready-made rows into an empty star, on one connection.

It is given what nobody has before the logs are read, their rows as PostgreSQL's own text, and it validates nothing.
"""

import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from local_redshift import postgres_server
from sql.datasets import STAGING
from sql.tables import STAR
from tests.benchmarks.process import tell
from warehouse import connect
from warehouse.home import home

FOLDER = Path(__file__).parent
CHUNK_BYTES = 1 << 20


def open_plain() -> psycopg2.extensions.connection:
    """Connect to the local warehouse's PostgreSQL as anybody would, without its emulation of Redshift."""
    return postgres_server.open_session(home(), psycopg2.extensions.connection)


def write_rows(folder: Path) -> None:
    """Write what staging holds as PostgreSQL's text, a file a table."""
    with (
        closing(connect(read_only=False)) as connection,
        connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor,
    ):
        for table in STAGING:
            with (folder / f"{table}.txt").open("wb") as rows:
                cursor.copy_expert(f"COPY {table} TO STDOUT", rows, CHUNK_BYTES)


def load(folder: Path) -> float:
    """Load the rows into a star, and return the seconds it took."""
    with closing(open_plain()) as connection:
        started = time.perf_counter()
        with connection, connection.cursor() as cursor:
            cursor.execute((FOLDER / "create.sql").read_text())
            for table in STAGING:
                with (folder / f"{table}.txt").open("rb") as rows:
                    cursor.copy_expert(f"COPY {table} FROM STDIN", rows, CHUNK_BYTES)
            cursor.execute((FOLDER / "star.sql").read_text())
        return time.perf_counter() - started


def require_same_star() -> None:
    """Hold the hand-written star against the flow's, row for row; only the batch may differ.

    Raises:
        RuntimeError: a table has other rows.
    """
    with closing(open_plain()) as connection, connection.cursor() as cursor:
        for table in STAR:
            cursor.execute(
                "SELECT STRING_AGG(QUOTE_IDENT(attname), ', ' ORDER BY attnum) FROM pg_attribute"
                " WHERE attrelid = %s::REGCLASS AND attnum > 0 AND attname <> 'batch_id'",
                (f"hand_written.{table}",),
            )
            ((columns,),) = cursor.fetchall()
            rows = [f"SELECT {columns} FROM {schema}.{table}" for schema in ("hand_written", "sparkify")]
            for one, other in (rows, rows[::-1]):
                cursor.execute(f"SELECT COUNT(*) FROM ({one} EXCEPT ALL {other}) AS different")
                ((different,),) = cursor.fetchall()
                if different:
                    raise RuntimeError(f"{table}: {different} rows of [{one}] are not in [{other}]")


if __name__ == "__main__":
    tell(load(Path(sys.argv[1])))
