"""One use of Great Expectations on a lent connection: all settings and workarounds of the library.

It opens no connection, writes no log, shows no progress bar and commits nothing. Suites are first run for a plain
yes or no; what a failure needs to be understood is queried afterwards, and only for what failed.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter
from types import ModuleType

import psycopg2.extensions
import sqlalchemy
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from expectations.pages.data_docs import Validated, write_pages
from expectations.pages.store import DataDocs
from expectations.running.checks import Check, Lendable
from expectations.running.engine import LentDatasource, open_source
from expectations.running.results import SuiteResult
from expectations.running.rules import put_others
from expectations.running.violations import Explainer


def suite_module(name: str) -> ModuleType:
    """Return the module with the suite of this name: `expectations/<name>.py`."""
    return import_module(f"expectations.{name}")


@dataclass(frozen=True)
class _Session:
    """A data source of Great Expectations that reads through the lent connection, and the errors that it met."""

    source: LentDatasource
    lent: psycopg2.extensions.connection
    errors: list[str]

    def validate(self, check: Check) -> Validated:
        """Run one suite, and explain what failed."""
        started = perf_counter()
        module = suite_module(check.table)
        asset = self.source.add_query_asset(check.table, query=check.query)
        batch = asset.add_batch_definition_whole_table("rows").get_batch()
        suite = module.suite()
        put_others(suite, check.others or f"SELECT * FROM {check.table} WHERE FALSE")  # noqa: S608
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


def run_session(
    connection: Lendable, checks: Sequence[Check], docs: DataDocs | None, begin: Callable[[Check], object]
) -> list[SuiteResult]:
    """Run the suites and write their pages; see `expectations.running.run.run_suites`."""
    validated = []
    with _silence():
        with _open_session(connection) as session:
            for check in checks:
                begin(check)
                validated.append(session.validate(check))
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
def _open_session(connection: Lendable) -> Iterator[_Session]:
    """Read through the connection while it is lent, and let go of it before it is given back."""
    with connection.lend() as lent:
        if lent.closed or lent.info.transaction_status == TRANSACTION_STATUS_INERROR:
            lent.cursor().execute("SELECT 1")  # raises: that is the caller's error, and no failed expectation
        source = open_source(lent, connection.engine)
        engine = source.get_execution_engine().engine
        errors: list[str] = []
        sqlalchemy.event.listen(engine, "handle_error", lambda error: errors.append(str(error.original_exception)))
        try:
            yield _Session(source, lent, errors)
        finally:
            engine.dispose()
