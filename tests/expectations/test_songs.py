"""Each expectation of songs fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "ALTER TABLE songs ADD COLUMN genre VARCHAR(9)",
        ["the columns of songs are as documented, in order"],
    ),
    (
        "ALTER TABLE songs ALTER COLUMN song_id DROP NOT NULL; UPDATE songs SET song_id = NULL",
        ["every song has an id"],
    ),
    (
        "ALTER TABLE songs ALTER COLUMN title DROP NOT NULL; UPDATE songs SET title = NULL",
        ["every song has a title"],
    ),
    (
        "ALTER TABLE songs ALTER COLUMN artist_id DROP NOT NULL; UPDATE songs SET artist_id = NULL",
        ["every song has an artist"],
    ),
    (
        "ALTER TABLE songs ALTER COLUMN duration DROP NOT NULL; UPDATE songs SET duration = NULL",
        ["every song says how long it is"],
    ),
    (
        "ALTER TABLE songs ALTER COLUMN artist_name DROP NOT NULL; UPDATE songs SET artist_name = NULL",
        ["every song credits an artist"],
    ),
    (
        "ALTER TABLE songs ALTER COLUMN batch_id DROP NOT NULL; UPDATE songs SET batch_id = NULL",
        ["every song was written by some batch"],
    ),
    (
        "INSERT INTO songs SELECT * FROM songs WHERE year = 1999",
        ["songs has one row per song_id"],
    ),
    (
        "UPDATE songs SET title = '' WHERE year = 1999",
        ["title is not blank"],
    ),
    (
        "UPDATE songs SET artist_name = ' ' WHERE year = 1999",
        ["artist_name is not blank"],
    ),
    (
        "UPDATE songs SET year = 0 WHERE year = 1999",
        ["year is NULL where it is not known, else from 1900 to next year"],
    ),
    (
        "UPDATE songs SET year = EXTRACT(YEAR FROM CURRENT_DATE) + 2 WHERE year = 1999",
        ["year is NULL where it is not known, else from 1900 to next year"],
    ),
    (
        "UPDATE songs SET duration = 0 WHERE year = 1999",
        ["a song lasts more than 0 and at most 3600 seconds"],
    ),
    (
        "UPDATE songs SET artist_id = 'AR1' WHERE year = 1999",
        ["the artist of every song is in artists"],
    ),
    (
        "DELETE FROM songs",
        [],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("songs", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("songs", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.songs import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}
