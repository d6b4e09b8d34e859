"""Each expectation of reconciliation_events fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "DELETE FROM songplays WHERE item_in_session = 1",
        ["every staged play is in songplays"],
    ),
    (
        "INSERT INTO staging_events SELECT * FROM staging_events",
        [],
    ),
    (
        "UPDATE songplays SET batch_id = 0; DELETE FROM songplays WHERE item_in_session = 1",
        ["every staged play is in songplays"],
    ),
    (
        "UPDATE songplays SET batch_id = 0",  # an earlier batch had these plays already
        [],
    ),
    (
        "UPDATE songplays SET user_id = 9",  # another version of these plays is the later one
        [],
    ),
    (
        "DELETE FROM time WHERE day = 30",
        ["the moment of every staged play is in time"],
    ),
    (
        "DELETE FROM users",
        ["every user seen logged in is in users, as of the latest staged event or a later one"],
    ),
    (
        "UPDATE users SET last_event_at = '2018-11-30 23:59:59.796'",
        ["every user seen logged in is in users, as of the latest staged event or a later one"],
    ),
    (
        "UPDATE users SET last_event_at = '2018-12-02'",
        [],
    ),
    (
        "DELETE FROM staging_events",
        [],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("reconciliation_events", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("reconciliation_events", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.reconciliation_events import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}
