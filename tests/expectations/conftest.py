"""What tests of suites do with the good rows."""

import pytest

from tests.expectations.rows import Broken, execute, fetch, run_on_all
from warehouse import WarehouseConnection


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
