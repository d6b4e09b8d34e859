"""Each expectation of artists fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "ALTER TABLE artists ADD COLUMN genre VARCHAR(9)",
        ["the columns of artists are as documented, in order"],
    ),
    (
        "ALTER TABLE artists ALTER COLUMN artist_id DROP NOT NULL; UPDATE artists SET artist_id = NULL",
        ["every artist has an id"],
    ),
    (
        "ALTER TABLE artists ALTER COLUMN name DROP NOT NULL; UPDATE artists SET name = NULL",
        ["every artist has a name"],
    ),
    (
        "ALTER TABLE artists ALTER COLUMN batch_id DROP NOT NULL; UPDATE artists SET batch_id = NULL",
        ["every artist was written by some batch"],
    ),
    (
        "INSERT INTO artists SELECT * FROM artists",
        ["artists has one row per artist_id"],
    ),
    (
        "UPDATE artists SET name = ' '",
        ["name is not blank"],
    ),
    (
        "UPDATE artists SET location = ''",
        ["location is NULL, not empty, where it is not known"],
    ),
    (
        "UPDATE artists SET latitude = -90.1",
        ["a latitude is from -90 to 90 degrees"],
    ),
    (
        "UPDATE artists SET longitude = 180.1",
        ["a longitude is from -180 to 180 degrees"],
    ),
    (
        "DELETE FROM artists",
        [],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("artists", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("artists", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.artists import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}
