"""Each expectation of time fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "ALTER TABLE time ADD COLUMN quarter INTEGER",
        ["the columns of time are as documented, in order"],
    ),
    (
        "ALTER TABLE time ALTER COLUMN start_time DROP NOT NULL; UPDATE time SET start_time = NULL",
        ["every moment is given"],
    ),
    (
        "ALTER TABLE time ALTER COLUMN hour DROP NOT NULL; UPDATE time SET hour = NULL",
        ["every moment has an hour"],
    ),
    (
        "ALTER TABLE time ALTER COLUMN day DROP NOT NULL; UPDATE time SET day = NULL",
        ["every moment has a day"],
    ),
    (
        "ALTER TABLE time ALTER COLUMN week DROP NOT NULL; UPDATE time SET week = NULL",
        ["every moment has a week"],
    ),
    (
        "ALTER TABLE time ALTER COLUMN month DROP NOT NULL; UPDATE time SET month = NULL",
        ["every moment has a month"],
    ),
    (
        "ALTER TABLE time ALTER COLUMN year DROP NOT NULL; UPDATE time SET year = NULL",
        ["every moment has a year"],
    ),
    (
        "ALTER TABLE time ALTER COLUMN weekday DROP NOT NULL; UPDATE time SET weekday = NULL",
        ["every moment has a weekday"],
    ),
    (
        "ALTER TABLE time ALTER COLUMN batch_id DROP NOT NULL; UPDATE time SET batch_id = NULL",
        ["every moment was written by some batch"],
    ),
    (
        "INSERT INTO time SELECT * FROM time WHERE day = 30",
        ["time has one row per start_time"],
    ),
    (
        "INSERT INTO time VALUES ('1999-12-31 10:00', 10, 31, 52, 12, 1999, 5, 1)",
        ["a play started since the year 2000, and not in the future", "year is from 2000 to next year"],
    ),
    (
        "UPDATE time SET hour = 24 WHERE day = 30",
        ["hour is from 0 to 23", "hour, day, ISO week, month, year and weekday are those of start_time"],
    ),
    (
        "UPDATE time SET hour = 22 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time"],
    ),
    (
        "UPDATE time SET day = 0 WHERE day = 30",
        ["day is from 1 to 31", "hour, day, ISO week, month, year and weekday are those of start_time"],
    ),
    (
        "UPDATE time SET day = 29 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time"],
    ),
    (
        "UPDATE time SET week = 54 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time", "week is from 1 to 53"],
    ),
    (
        "UPDATE time SET week = 49 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time"],
    ),
    (
        "UPDATE time SET month = 13 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time", "month is from 1 to 12"],
    ),
    (
        "UPDATE time SET month = 12 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time"],
    ),
    (
        "UPDATE time SET year = 1999 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time", "year is from 2000 to next year"],
    ),
    (
        "UPDATE time SET year = 2019 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time"],
    ),
    (
        "UPDATE time SET weekday = 7 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time", "weekday is from 0, Sunday, to 6"],
    ),
    (
        "UPDATE time SET weekday = 4 WHERE day = 30",
        ["hour, day, ISO week, month, year and weekday are those of start_time"],
    ),
    (
        "UPDATE time SET start_time = start_time + INTERVAL '1 microsecond' WHERE day = 30",
        ["start_time has no fraction below the millisecond, as the app's log has none"],
    ),
    (
        "INSERT INTO time VALUES ('2018-12-31 10:00', 10, 31, 1, 12, 2018, 1, 1), "
        "('2017-01-01 10:00', 10, 1, 52, 1, 2017, 0, 1)",
        [],
    ),
    (
        "DELETE FROM time",
        [],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("time", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("time", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.time import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}
