"""Each expectation of reconciliation_songs fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "DELETE FROM songs WHERE year = 1999",
        ["every staged song is in songs"],
    ),
    (
        "DELETE FROM artists",
        ["every staged artist is in artists"],
    ),
    (
        "DELETE FROM staging_songs",
        [],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("reconciliation_songs", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("reconciliation_songs", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.reconciliation_songs import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}
