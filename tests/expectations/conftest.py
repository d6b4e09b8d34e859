"""One set of good rows for all suites; what a test changes in them is rolled back."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.expectations.rows import GOOD_ROWS, Broken, create_tables, execute, fetch, run_on_all
from warehouse import WarehouseConnection, connect


@pytest.fixture(scope="session")
def loaded(sparkify_home: Path) -> Iterator[WarehouseConnection]:
    """A connection to a schema that holds the good rows."""
    with closing(connect("local", schema="good_rows")) as connection:
        with connection:
            execute(connection, "CREATE SCHEMA good_rows")
            create_tables(connection)
            execute(connection, GOOD_ROWS)
        yield connection
    with closing(connect("local")) as connection, connection:  # another: tests of crashes end the server in between
        execute(connection, "DROP SCHEMA good_rows CASCADE")


@pytest.fixture
def good_rows(loaded: WarehouseConnection) -> Iterator[WarehouseConnection]:
    """A connection in an open transaction on the good rows, which is rolled back."""
    yield loaded
    loaded.rollback()


@pytest.fixture
def broken(good_rows: WarehouseConnection) -> Broken:
    def change_and_run(table: str, change: str) -> list[str]:
        execute(good_rows, change)
        violations = run_on_all(good_rows, table).violations
        for violation in violations:
            assert violation.checked, violation
            if violation.query is not None:
                found = len(fetch(good_rows, violation.query))
                assert (violation.unexpected_count, len(violation.examples)) == (found, min(found, 20))
        return sorted(violation.description for violation in violations)

    return change_and_run
