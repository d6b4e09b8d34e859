"""One use of Great Expectations on a lent connection: all settings and workarounds of the library.

It opens no connection, writes no log, shows no progress bar and commits nothing. Suites are first run for a plain
yes or no; what a failure needs to be understood is queried afterwards, and only for what failed.
"""

import logging
import warnings
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter
from types import ModuleType
from typing import Any

import psycopg2.extensions
import sqlalchemy
from sqlalchemy.pool import StaticPool

from expectations.pages.data_docs import Validated, write_pages
from expectations.pages.store import DataDocs
from expectations.running.checks import Check, Lendable
from expectations.running.gx import ProgressBarsConfig, gx
from expectations.running.results import SuiteResult
from expectations.running.violations import Explainer


def suite_module(name: str) -> ModuleType:
    """Return the module with the suite of this name: `expectations/<name>.py`."""
    return import_module(f"expectations.{name}")


@dataclass(frozen=True)
class _Session:
    """A data source of Great Expectations that reads through the lent connection, and the errors that it met."""

    source: Any
    lent: psycopg2.extensions.connection
    errors: list[str]

    def validate(self, check: Check) -> Validated:
        """Run one suite, and explain what failed."""
        started = perf_counter()
        module = suite_module(check.table)
        asset = self.source.add_query_asset(check.table, query=check.query)
        batch = asset.add_batch_definition_whole_table("rows").get_batch()
        suite = module.suite()
        page = batch.validate(suite, result_format="BOOLEAN_ONLY")
        order = [expectation.description for expectation in suite.expectations]
        page.results.sort(key=lambda outcome: order.index(outcome.expectation_config.description))
        violations = Explainer(check, module.IDENTITY, batch, self.lent, self.errors).explain_failures(page)
        result = SuiteResult(
            table=check.table,
            passed=len(page.results) - len(violations),
            failed=len(violations),
            violations=tuple(violations),
            seconds=perf_counter() - started,
        )
        return Validated(suite, result, page)


def run_session(connection: Lendable, checks: Sequence[Check], docs: DataDocs | None) -> list[SuiteResult]:
    """Run the suites and write their pages; see `expectations.running.run.run_suites`."""
    with _silence():
        with _open_session(connection, checks) as session:
            validated = [session.validate(check) for check in checks]
        if docs is not None:
            write_pages(docs, validated)
    return [each.result for each in validated]


@contextmanager
def _silence() -> Iterator[None]:
    """Silence the library's own log lines and warnings; its failures are in its results."""
    log = logging.getLogger("great_expectations")
    handlers, propagates = log.handlers, log.propagate
    log.handlers, log.propagate = [logging.NullHandler()], False
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="great_expectations")
        try:
            yield
        finally:
            log.handlers, log.propagate = handlers, propagates


@contextmanager
def _open_session(connection: Lendable, checks: Sequence[Check]) -> Iterator[_Session]:
    """Read through the connection while it is lent, and let go of it before it is given back."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    with connection.lend() as lent:
        with lent.cursor() as cursor:
            cursor.execute("SELECT 1")  # a broken connection is the caller's error, not a failed expectation
        # Not add_redshift: it takes every column of a query for a VARCHAR, which it then refuses to compare.
        source = context.data_sources.add_sql(
            "warehouse",
            connection_string=f"{connection.engine}+psycopg2://lent@localhost/warehouse",
            create_temp_table=False,
            kwargs={"creator": lambda: lent, "poolclass": StaticPool},
        )
        engine = source.get_execution_engine().engine
        errors: list[str] = []
        _fetch_names_only(engine, {check.query.strip() for check in checks})
        sqlalchemy.event.listen(engine, "handle_error", lambda error: errors.append(str(error.original_exception)))
        try:
            yield _Session(source, lent, errors)
        finally:
            engine.dispose()
            source.get_engine().dispose()


def _fetch_names_only(engine: sqlalchemy.Engine, queries: Set[str]) -> None:
    """Fetch no rows where only the names of a query's columns are wanted.

    To learn them, Great Expectations executes the bare query, for which psycopg2 would fetch the whole table.
    """

    def without_rows(*execution: Any) -> tuple[str, object]:
        _connection, _cursor, statement, parameters, *_ = execution
        bare = statement.strip() in queries
        return (f"SELECT * FROM ({statement}) AS batch LIMIT 0" if bare else statement), parameters  # noqa: S608

    sqlalchemy.event.listen(engine, "before_cursor_execute", without_rows, retval=True)
