"""Each expectation of staging_events fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "ALTER TABLE staging_events ADD COLUMN device VARCHAR(9)",
        ["the columns of staging_events are those of the app's log, in order"],
    ),
    (
        "DELETE FROM staging_events",
        ["the log files of a batch hold at least one event"],
    ),
    (
        "UPDATE staging_events SET ts = NULL WHERE page = 'Home' AND userid = 8",
        ["every event says when it happened"],
    ),
    (
        "UPDATE staging_events SET page = NULL WHERE page = 'Home' AND userid = 8",
        ["every event names its page"],
    ),
    (
        "UPDATE staging_events SET level = NULL WHERE page = 'Home' AND userid = 8",
        ["every event has a level"],
    ),
    (
        "UPDATE staging_events SET sessionid = NULL WHERE page = 'Home' AND userid = 8",
        ["every event belongs to a session"],
    ),
    (
        "UPDATE staging_events SET iteminsession = NULL WHERE page = 'Home' AND userid = 8",
        ["every event has a place in its session"],
    ),
    (
        "UPDATE staging_events SET auth = NULL WHERE page = 'Home' AND userid = 8",
        ["every event says whether the user was logged in"],
    ),
    (
        "UPDATE staging_events SET userid = NULL WHERE page = 'Home' AND userid = 8",
        ["an event of a logged-in user names the user"],
    ),
    (
        "UPDATE staging_events SET auth = 'Logged Out' WHERE iteminsession = 1",
        ["only a logged-in user plays songs"],
    ),
    (
        "UPDATE staging_events SET auth = 'Guest', userid = NULL WHERE iteminsession = 1",
        ["every play names its user", "only a logged-in user plays songs"],
    ),
    (
        "UPDATE staging_events SET song = NULL WHERE iteminsession = 1",
        ["every play names its song"],
    ),
    (
        "UPDATE staging_events SET artist = NULL WHERE iteminsession = 1",
        ["every play names its artist"],
    ),
    (
        "UPDATE staging_events SET length = NULL WHERE iteminsession = 1",
        ["every play says how long its song is"],
    ),
    (
        "UPDATE staging_events SET firstname = NULL WHERE page = 'Home' AND userid = 8",
        ["a logged-in user has a first and a last name"],
    ),
    (
        "UPDATE staging_events SET lastname = '' WHERE page = 'Home' AND userid = 8",
        ["a logged-in user has a first and a last name"],
    ),
    (
        "INSERT INTO staging_events SELECT * FROM staging_events",
        [],
    ),
    (
        "INSERT INTO staging_events SELECT * FROM staging_events; "
        "UPDATE staging_events SET song = 'Three' "
        "WHERE ctid = (SELECT MIN(ctid) FROM staging_events WHERE iteminsession = 1)",
        ["an event that was delivered more than once says the same each time"],
    ),
    (
        "INSERT INTO staging_events SELECT * FROM staging_events; "
        "UPDATE staging_events SET userid = NULL, auth = 'Guest', page = 'Home' "
        "WHERE ctid = (SELECT MIN(ctid) FROM staging_events WHERE iteminsession = 1)",
        ["an event that was delivered more than once says the same each time"],
    ),
    (
        "UPDATE staging_events SET level = 'gold' WHERE page = 'Home' AND userid = 8",
        ["level is free or paid"],
    ),
    (
        "UPDATE staging_events SET gender = 'X' WHERE page = 'Home' AND userid = 8",
        ["gender is F, M or not known"],
    ),
    (
        "UPDATE staging_events SET gender = '' WHERE page = 'Home' AND userid = 8",
        ["gender is F, M or not known"],
    ),
    (
        "UPDATE staging_events SET auth = 'Logged in' WHERE page = 'Home' AND userid = 8",
        ["auth is one of the states that the app logs"],
    ),
    (
        "UPDATE staging_events SET page = 'Podcast' WHERE page = 'Home' AND userid = 8",
        ["page is one that the app is known to have"],
    ),
    (
        "UPDATE staging_events SET method = 'POST' WHERE page = 'Home' AND userid = 8",
        ["method is GET or PUT"],
    ),
    (
        "UPDATE staging_events SET status = 500 WHERE page = 'Home' AND userid = 8",
        ["status is 200, 307 or 404"],
    ),
    (
        "UPDATE staging_events SET length = 0 WHERE iteminsession = 1",
        ["a song lasts more than 0 and at most 3600 seconds"],
    ),
    (
        "UPDATE staging_events SET length = 3600.00001 WHERE iteminsession = 1",
        ["a song lasts more than 0 and at most 3600 seconds"],
    ),
    (
        "UPDATE staging_events SET length = 3600 WHERE iteminsession = 1",
        [],
    ),
    (
        "UPDATE staging_events SET ts = '1999-12-31 23:59:59.999' WHERE page = 'Home' AND userid = 8",
        ["an event happened since the year 2000, and not in the future; ts is in milliseconds"],
    ),
    (
        "UPDATE staging_events SET ts = LOCALTIMESTAMP + INTERVAL '25 hours' WHERE page = 'Home' AND userid = 8",
        ["an event happened since the year 2000, and not in the future; ts is in milliseconds"],
    ),
    (
        "UPDATE staging_events SET ts = LOCALTIMESTAMP + INTERVAL '23 hours' WHERE page = 'Home' AND userid = 8",
        [],
    ),
    (
        "UPDATE staging_events SET registration = 1541000000 WHERE page = 'Home' AND userid = 8",
        ["a user registered since the year 2000, and not in the future"],
    ),
    (
        "UPDATE staging_events SET registration = 9999999999999 WHERE page = 'Home' AND userid = 8",
        ["a user registered since the year 2000, and not in the future"],
    ),
    (
        "UPDATE staging_events SET sessionid = -1 WHERE page = 'Home' AND userid = 8",
        ["sessionid is not negative"],
    ),
    (
        "UPDATE staging_events SET iteminsession = -1 WHERE page = 'Home' AND userid = 8",
        ["iteminsession is not negative"],
    ),
    (
        "INSERT INTO batch_columns VALUES (0, 'events', 'artist', NULL, 100, 50), (1, 'events', 'artist', NULL, 60, 0)",
        ["no column of events is empty that was filled before; see whether the app still writes it"],
    ),
    (
        "INSERT INTO batch_columns VALUES (0, 'events', 'ts', '2018-11-01', 100, 80), "
        "(1, 'events', 'ts', '2018-11-02', 99, 0)",
        ["no day is without plays where others have some; see whether the app still calls them NextSong"],
    ),
    (
        "INSERT INTO batch_columns VALUES (0, 'events', 'page', NULL, 100, 100), "
        "(0, 'events', 'page', 'Home', 100, 100), "
        "(1, 'events', 'page', 'Home', 600, 570), (1, 'events', 'page', 'Next Song', 600, 30)",
        ["no value takes 5% of a column with few values that was never seen in it"],
    ),
    (
        "INSERT INTO batch_columns VALUES (0, 'events', 'level', NULL, 300, 300), "
        "(0, 'events', 'level', 'paid', 300, 150), (0, 'events', 'level', 'free', 300, 150), "
        "(1, 'events', 'level', NULL, 60, 60), (1, 'events', 'level', 'free', 60, 60)",
        ["no value or trait is gone that 5% of the rows had, or more"],
    ),
    (
        "INSERT INTO batch_columns SELECT -batch_id * n, 'events', 'artist', NULL, 100, 80 + n FROM batches, "
        "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) AS numbers; "
        "INSERT INTO batch_columns VALUES (1, 'events', 'artist', NULL, 100, 60)",
        ["the share of rows of events with a value, or with one of few, is as in the batches before"],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("staging_events", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("staging_events", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.staging_events import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}


@pytest.mark.parametrize(
    "history",
    [
        "(-1, 'events', 'artist', NULL, 900, 900), (0, 'events', 'artist', NULL, 30, 0), "
        "(1, 'events', 'artist', NULL, 99, 0)",
        "(-1, 'events', 'ts', '2018-11-01', 900, 900), (0, 'events', 'ts', '2018-11-02', 30, 0), "
        "(1, 'events', 'ts', '2018-11-03', 99, 0)",
        "(0, 'events', 'artist', NULL, 900, 9), (1, 'events', 'artist', NULL, 99, 0)",
        "(0, 'events', 'artist', NULL, 99, 99), (1, 'events', 'artist', NULL, 99, 0)",
        "(0, 'songs', 'artist', NULL, 900, 900), (1, 'events', 'artist', NULL, 99, 0)",
        "(0, 'events', 'ts', '2018-11-01', 900, 800), (1, 'events', 'ts', '2018-11-02', 20, 0)",
        "(0, 'events', 'page', 'Home', 99, 99), (1, 'events', 'page', 'Next Song', 600, 600)",
    ],
    ids=[
        "accepted",
        "days that were accepted",
        "rarely filled",
        "too few before",
        "of another dataset",
        "few events of a day",
        "no history",
    ],
)
def test_what_is_usual_or_may_be_chance_breaks_nothing(broken: Broken, history: str) -> None:
    assert broken("staging_events", f"INSERT INTO batch_columns VALUES {history}") == []
