"""Each expectation of users fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "ALTER TABLE users ADD COLUMN email VARCHAR(9)",
        ["the columns of users are as documented, in order"],
    ),
    (
        "ALTER TABLE users ALTER COLUMN user_id DROP NOT NULL; UPDATE users SET user_id = NULL",
        ["every user has an id"],
    ),
    (
        "ALTER TABLE users ALTER COLUMN level DROP NOT NULL; UPDATE users SET level = NULL",
        ["every user has a level"],
    ),
    (
        "ALTER TABLE users ALTER COLUMN last_event_at DROP NOT NULL; UPDATE users SET last_event_at = NULL",
        ["every user was last seen at some time"],
    ),
    (
        "ALTER TABLE users ALTER COLUMN last_session_id DROP NOT NULL; UPDATE users SET last_session_id = NULL",
        ["every user was last seen in some session"],
    ),
    (
        "ALTER TABLE users ALTER COLUMN last_item_in_session DROP NOT NULL; "
        "UPDATE users SET last_item_in_session = NULL",
        ["every user was last seen at some place in a session"],
    ),
    (
        "ALTER TABLE users ALTER COLUMN batch_id DROP NOT NULL; UPDATE users SET batch_id = NULL",
        ["every user was written by some batch"],
    ),
    (
        "UPDATE users SET first_name = NULL",
        ["every user has a first name"],
    ),
    (
        "UPDATE users SET last_name = NULL",
        ["every user has a last name"],
    ),
    (
        "INSERT INTO users SELECT * FROM users",
        ["users has one row per user_id"],
    ),
    (
        "UPDATE users SET level = 'gold'",
        ["level is free or paid"],
    ),
    (
        "UPDATE users SET gender = 'X'",
        ["gender is F, M or not known"],
    ),
    (
        "UPDATE users SET last_event_at = '1999-12-31'",
        ["a user was last seen since the year 2000, and not in the future"],
    ),
    (
        "DELETE FROM users",
        [],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("users", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("users", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.users import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}
