"""The expectation of erased_users fails for one row of somebody who was erased, and for nothing else."""

import pytest

from expectations.running.checks import Check, batch_checks, star_checks
from expectations.running.run import run_suites
from tests.expectations.rows import execute
from warehouse import WarehouseConnection

AUDIT, BATCH = star_checks()[-1], batch_checks([])[-1]
ROWS = {
    "lake_events": "INSERT INTO lake_events (userid, batch_id) VALUES (9, 1)",
    "users": "UPDATE users SET user_id = 9",
    "songplays": "UPDATE songplays SET user_id = 9",
}


@pytest.mark.parametrize("check", [AUDIT, BATCH, batch_checks([], erased=9)[-1]])
@pytest.mark.parametrize("table", ROWS)
def test_a_row_of_somebody_who_was_erased_is_found(good_rows: WarehouseConnection, table: str, check: Check) -> None:
    execute(good_rows, f"INSERT INTO erased_users VALUES (9, '2018-12-01'); {ROWS[table]}")
    [result] = run_suites(good_rows, [check])
    assert [violation.examples for violation in result.critical] == [({"table_name": table, "user_id": 9},)]


def test_other_people_are_there(good_rows: WarehouseConnection) -> None:
    execute(good_rows, "INSERT INTO erased_users VALUES (9, '2018-12-01')")
    assert [result.failed for result in run_suites(good_rows, [AUDIT])] == [0]
