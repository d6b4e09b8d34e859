"""The hand-written queries are a fair yardstick for the suites: they find the same faults in the same rows."""

import re

import psycopg2.extensions
import pytest

from tests.benchmarks.hand_written.load import FOLDER
from tests.expectations import (
    test_artists,
    test_reconciliation_events,
    test_reconciliation_songs,
    test_songplays,
    test_songs,
    test_staging_events,
    test_staging_songs,
    test_time,
    test_users,
)
from tests.expectations.rows import execute, fetch
from warehouse import WarehouseConnection

MODULES = (
    test_artists, test_reconciliation_events, test_reconciliation_songs, test_songplays, test_songs,
    test_staging_events, test_staging_songs, test_time, test_users,
)  # fmt: skip
SUITES = [module.__name__.rpartition(".test_")[2] for module in MODULES]
CASES = [
    (suite, change, broken) for suite, module in zip(SUITES, MODULES, strict=True) for change, broken in module.CASES
]


def faults(connection: WarehouseConnection, suite: str) -> int:
    """Count the rules that the rows of the whole table break."""
    query = (FOLDER / f"check/{suite}.sql").read_text()
    ((rows, *counts),) = fetch(connection, re.sub(r"WHERE (\w+\.)?batch_id = %\(batch_id\)s", "", query))
    assert isinstance(rows, int)
    is_missing = rows == 0 and suite.startswith("staging_")
    return is_missing + sum(count != 0 for count in counts)


@pytest.mark.parametrize("suite", SUITES)
def test_good_rows_break_nothing(good_rows: WarehouseConnection, suite: str) -> None:
    assert faults(good_rows, suite) == 0


@pytest.mark.parametrize("suite", SUITES)
def test_postgresql_takes_the_query_without_what_redshift_has(good_rows: WarehouseConnection, suite: str) -> None:
    query = (FOLDER / f"check/{suite}.sql").read_text()
    with good_rows.cursor(cursor_factory=psycopg2.extensions.cursor) as plain:
        plain.execute("SELECT SET_CONFIG('search_path', CURRENT_SCHEMA(), TRUE)")
        plain.execute(f"EXPLAIN {query}", {"batch_id": 1})


@pytest.mark.slow
@pytest.mark.parametrize(("suite", "change", "broken"), CASES)
def test_a_query_finds_as_many_faults_as_the_suite(
    good_rows: WarehouseConnection, suite: str, change: str, broken: list[str]
) -> None:
    execute(good_rows, change)
    assert faults(good_rows, suite) == len(broken)
