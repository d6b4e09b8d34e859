"""The suites of a batch, beside one hand-written query for each table that checks the same (`hand_written/check/`).

Both read the same committed rows. What counts for a suite is what it takes once Great Expectations has been imported,
without Data Docs; the query runs with PostgreSQL's best settings for it.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2.extensions

from expectations.running.checks import Check, batch_checks, staging_checks
from expectations.running.run import run_suites, warm_up
from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.hand_written.load import FOLDER, open_plain
from tests.benchmarks.lake import make_lake, urls
from tests.benchmarks.process import in_process, peak_mb
from warehouse import WarehouseConnection, connect

SETTINGS = "SET search_path TO sparkify; SET work_mem = '256MB'; SET jit = off"
DATASETS = ("events", "songs")
REFERENCE = "one hand-written query"


@dataclass
class Counted:
    """A connection to lend, and the statements that its borrowers have sent over it."""

    connection: WarehouseConnection
    engine: str = "postgresql"
    statements: int = 0

    @contextmanager
    def lend(self) -> Iterator[psycopg2.extensions.connection]:
        """Lend the connection with cursors that count."""
        counted = self

        class Cursor(psycopg2.extensions.cursor):
            def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002
                counted.statements += 1
                super().execute(query, vars)

        with self.connection.lend() as lent:
            opened = lent.cursor
            lent.cursor = lambda *_, **__: opened(cursor_factory=Cursor)  # type: ignore[method-assign]
            try:
                yield lent
            finally:
                del lent.cursor


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Load a lake, and run each suite and each query on it, in turns."""
    make_lake(folder / "lake", scale.events)
    in_process("flow", "--reset", *urls(folder / "lake"))
    warm_up().join()
    with closing(connect(read_only=False)) as connection, closing(open_plain()) as plain, plain.cursor() as cursor:
        cursor.execute(SETTINGS)
        cursor.execute("SELECT MAX(batch_id) FROM songplays")
        ((batch_id,),) = cursor.fetchall()
        checks = [*staging_checks(DATASETS), *batch_checks(DATASETS)]
        suites: dict[str, list[float]] = {check.table: [] for check in checks}
        queries: dict[str, list[float]] = {check.table: [] for check in checks}
        statements: dict[str, int] = {}
        for _ in range(scale.rounds):
            for check in checks:
                seconds, statements[check.table] = _run_suite(connection, check)
                suites[check.table].append(seconds)
                queries[check.table].append(_run_query(cursor, check.table, batch_id))
    yield from _figures(suites, queries, statements)


def _run_suite(connection: WarehouseConnection, check: Check) -> tuple[float, int]:
    """Run one suite, and return its seconds and how many statements it sent."""
    counted = Counted(connection)
    (result,) = run_suites(counted, [check])
    connection.rollback()
    if result.failed:
        raise RuntimeError(f"the suite of {check.table} fails on a lake that is in order: {result.violations}")
    return result.seconds, counted.statements


def _run_query(cursor: psycopg2.extensions.cursor, suite: str, batch_id: int) -> float:
    started = time.perf_counter()
    cursor.execute((FOLDER / f"check/{suite}.sql").read_text(), {"batch_id": batch_id})
    (counts,) = cursor.fetchall()
    seconds = time.perf_counter() - started
    if counts[0] == 0 or any(counts[1:]):
        raise RuntimeError(f"the query of {suite} finds fault with a lake that is in order: {counts}")
    return seconds


def _figures(
    suites: dict[str, list[float]], queries: dict[str, list[float]], statements: dict[str, int]
) -> Iterator[Figure]:
    all_suites, all_queries = _sums(suites), _sums(queries)
    yield Figure(
        case="all suites of a batch",
        values=all_suites,
        reference="one hand-written query each",
        reference_values=all_queries,
        peak_mb=peak_mb(),
        ratio_limit=2,
        note=f"{sum(statements.values())} statements beside {len(queries)}",
    )
    for suite, seconds in suites.items():
        yield Figure(
            case=f"suite of {suite}",
            values=tuple(seconds),
            reference=REFERENCE,
            reference_values=tuple(queries[suite]),
            note=f"{statements[suite]} statements",
        )


def _sums(series: dict[str, list[float]]) -> tuple[float, ...]:
    rounds: Sequence[Sequence[float]] = list(zip(*series.values(), strict=True))
    return tuple(sum(seconds) for seconds in rounds)
