"""Each expectation of staging_songs fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "ALTER TABLE staging_songs ADD COLUMN genre VARCHAR(9)",
        ["the columns of staging_songs are those of a song file, in order"],
    ),
    (
        "DELETE FROM staging_songs",
        ["the song files of a batch hold at least one song"],
    ),
    (
        "UPDATE staging_songs SET song_id = NULL WHERE year = 1999",
        ["every song has an id"],
    ),
    (
        "UPDATE staging_songs SET title = NULL WHERE year = 1999",
        ["every song has a title"],
    ),
    (
        "UPDATE staging_songs SET artist_id = NULL WHERE year = 1999",
        ["every song names its artist's id"],
    ),
    (
        "UPDATE staging_songs SET artist_name = NULL WHERE year = 1999",
        ["every song names its artist"],
    ),
    (
        "UPDATE staging_songs SET duration = NULL WHERE year = 1999",
        ["every song says how long it is"],
    ),
    (
        "UPDATE staging_songs SET song_id = 'SOBBBBBBBBBBBBBBBB' WHERE year = 1999",
        ["a song that was delivered more than once says the same each time"],
    ),
    (
        "INSERT INTO staging_songs SELECT * FROM staging_songs",
        [],
    ),
    (
        "UPDATE staging_songs SET song_id = ' ' WHERE year = 1999",
        ["song_id is not blank", "song_id looks like the Million Song Dataset's: SO and 16 capitals or digits"],
    ),
    (
        "UPDATE staging_songs SET title = '' WHERE year = 1999",
        ["title is not blank"],
    ),
    (
        "UPDATE staging_songs SET artist_id = '' WHERE year = 1999",
        ["artist_id is not blank", "artist_id looks like the Million Song Dataset's: AR and 16 capitals or digits"],
    ),
    (
        "UPDATE staging_songs SET artist_name = '' WHERE year = 1999",
        ["artist_name is not blank"],
    ),
    (
        "UPDATE staging_songs SET duration = -1 WHERE year = 1999",
        ["a song lasts more than 0 and at most 3600 seconds"],
    ),
    (
        "UPDATE staging_songs SET duration = 3601 WHERE year = 1999",
        ["a song lasts more than 0 and at most 3600 seconds"],
    ),
    (
        "UPDATE staging_songs SET year = 1899 WHERE year = 1999",
        ["year is 0 where it is not known, else from 1900 to next year"],
    ),
    (
        "UPDATE staging_songs SET year = EXTRACT(YEAR FROM CURRENT_DATE) + 2 WHERE year = 1999",
        ["year is 0 where it is not known, else from 1900 to next year"],
    ),
    (
        "UPDATE staging_songs SET year = EXTRACT(YEAR FROM CURRENT_DATE) + 1 WHERE year = 1999",
        [],
    ),
    (
        "UPDATE staging_songs SET artist_latitude = 90.1 WHERE year = 1999",
        ["a latitude is from -90 to 90 degrees"],
    ),
    (
        "UPDATE staging_songs SET artist_latitude = 'NaN' WHERE year = 1999",
        ["a latitude is from -90 to 90 degrees"],
    ),
    (
        "UPDATE staging_songs SET artist_longitude = -180.1 WHERE year = 1999",
        ["a longitude is from -180 to 180 degrees"],
    ),
    (
        "UPDATE staging_songs SET num_songs = 2 WHERE year = 1999",
        ["a song file holds one song"],
    ),
    (
        "UPDATE staging_songs SET song_id = 'SOabc' WHERE year = 1999",
        ["song_id looks like the Million Song Dataset's: SO and 16 capitals or digits"],
    ),
    (
        "UPDATE staging_songs SET artist_id = 'AR1' WHERE year = 1999",
        ["artist_id looks like the Million Song Dataset's: AR and 16 capitals or digits"],
    ),
    (
        "INSERT INTO batch_columns VALUES (0, 'songs', 'title', NULL, 100, 50), (1, 'songs', 'title', NULL, 60, 0)",
        ["no column of songs is empty that was filled before; see whether the app still writes it"],
    ),
    (
        "INSERT INTO batch_columns VALUES (0, 'songs', 'title', NULL, 300, 300), "
        "(0, 'songs', 'title', '(over 20 characters)', 300, 150), (1, 'songs', 'title', NULL, 60, 60), "
        "(1, 'songs', 'title', '(over 20 characters)', 60, 0)",
        ["no value or trait is gone that 5% of the rows had, or more"],
    ),
    (
        "INSERT INTO batch_columns SELECT -batch_id * n, 'songs', 'title', NULL, 100, 80 + n FROM batches, "
        "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) AS numbers; "
        "INSERT INTO batch_columns VALUES (1, 'songs', 'title', NULL, 100, 60)",
        ["the share of rows of songs with a value, or with one of few, is as in the batches before"],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("staging_songs", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("staging_songs", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.staging_songs import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}
