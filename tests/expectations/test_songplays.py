"""Each expectation of songplays fails for one bad row, and for nothing else."""

import pytest

from tests.expectations.rows import Broken

CASES = [
    (
        "ALTER TABLE songplays ADD COLUMN device VARCHAR(9)",
        ["the columns of songplays are as documented, in order"],
    ),
    (
        "ALTER TABLE songplays ALTER COLUMN songplay_id DROP NOT NULL; "
        "UPDATE songplays SET songplay_id = NULL WHERE item_in_session = 2",
        ["every play has an id"],
    ),
    (
        "ALTER TABLE songplays ALTER COLUMN start_time DROP NOT NULL; "
        "UPDATE songplays SET start_time = NULL WHERE item_in_session = 2",
        ["every play says when it started"],
    ),
    (
        "ALTER TABLE songplays ALTER COLUMN user_id DROP NOT NULL; "
        "UPDATE songplays SET user_id = NULL WHERE item_in_session = 2",
        ["every play has a user"],
    ),
    (
        "ALTER TABLE songplays ALTER COLUMN level DROP NOT NULL; "
        "UPDATE songplays SET level = NULL WHERE item_in_session = 2",
        ["every play has the user's level at that time"],
    ),
    (
        "ALTER TABLE songplays ALTER COLUMN session_id DROP NOT NULL; "
        "UPDATE songplays SET session_id = NULL WHERE item_in_session = 2",
        ["every play belongs to a session"],
    ),
    (
        "ALTER TABLE songplays ALTER COLUMN item_in_session DROP NOT NULL; "
        "UPDATE songplays SET item_in_session = NULL WHERE item_in_session = 2",
        ["every play has a place in its session"],
    ),
    (
        "UPDATE songplays SET song_title = NULL WHERE item_in_session = 2",
        ["every play says what was played"],
    ),
    (
        "UPDATE songplays SET artist_name = NULL WHERE item_in_session = 2",
        ["every play says who was played"],
    ),
    (
        "UPDATE songplays SET song_duration = NULL WHERE item_in_session = 2",
        ["every play says how long its song is"],
    ),
    (
        "ALTER TABLE songplays ALTER COLUMN batch_id DROP NOT NULL; "
        "UPDATE songplays SET batch_id = NULL WHERE item_in_session = 2",
        ["every play was written by some batch"],
    ),
    (
        "UPDATE songplays SET songplay_id = UPPER(songplay_id) WHERE item_in_session = 2",
        ["songplay_id is the MD5 of session_id and item_in_session"],
    ),
    (
        "UPDATE songplays SET session_id = 3 WHERE item_in_session = 2",
        ["songplay_id is the MD5 of session_id and item_in_session"],
    ),
    (
        "INSERT INTO songplays SELECT * FROM songplays WHERE item_in_session = 2",
        ["songplays has one row per session_id and item_in_session"],
    ),
    (
        "INSERT INTO time VALUES ('1999-12-31', 0, 31, 52, 12, 1999, 5, 1); "
        "UPDATE songplays SET start_time = '1999-12-31' WHERE item_in_session = 2",
        ["a play started since the year 2000, and not in the future"],
    ),
    (
        "UPDATE time SET start_time = start_time + INTERVAL '1 microsecond'; "
        "UPDATE songplays SET start_time = start_time + INTERVAL '1 microsecond'",
        ["start_time has no fraction below the millisecond, as the app's log has none"],
    ),
    (
        "UPDATE songplays SET level = 'gold' WHERE item_in_session = 2",
        ["level is free or paid"],
    ),
    (
        "UPDATE songplays SET session_id = -1, songplay_id = MD5('-1-2') WHERE item_in_session = 2",
        ["session_id is not negative"],
    ),
    (
        "UPDATE songplays SET item_in_session = -1, songplay_id = MD5('2--1') WHERE item_in_session = 2",
        ["item_in_session is not negative"],
    ),
    (
        "UPDATE songplays SET song_duration = 0 WHERE item_in_session = 2",
        ["a song lasts more than 0 and at most 3600 seconds"],
    ),
    (
        "UPDATE songplays SET start_time = '2018-12-01 00:03:20.501' WHERE item_in_session = 2",
        ["the start_time of every play is in time"],
    ),
    (
        "UPDATE songplays SET user_id = 9 WHERE item_in_session = 2",
        ["the user of every play is in users"],
    ),
    (
        "UPDATE songplays SET song_id = 'SO0' WHERE item_in_session = 1",
        ["the song of every play, where it has one, is in songs"],
    ),
    (
        "UPDATE songs SET artist_id = 'AR0'; UPDATE songplays SET artist_id = 'AR0' WHERE item_in_session = 1",
        ["the artist of every play, where it has one, is in artists"],
    ),
    (
        "UPDATE songplays SET artist_id = 'ARAAAAAAAAAAAAAAAA' WHERE item_in_session = 2",
        ["a play has both a song_id and an artist_id, or neither"],
    ),
    (
        "UPDATE songplays SET artist_id = NULL WHERE item_in_session = 1",
        ["a play has both a song_id and an artist_id, or neither"],
    ),
    (
        "INSERT INTO artists VALUES ('AR0', 'Sol', NULL, NULL, NULL, 1); "
        "UPDATE songplays SET artist_id = 'AR0' WHERE item_in_session = 1",
        ["the song of a play has its title, artist and duration, and its artist_id"],
    ),
    (
        "UPDATE songplays SET song_title = 'two' WHERE item_in_session = 1",
        ["the song of a play has its title, artist and duration, and its artist_id"],
    ),
    (
        "UPDATE songplays SET artist_name = 'Sun' WHERE item_in_session = 1",
        ["the song of a play has its title, artist and duration, and its artist_id"],
    ),
    (
        "UPDATE songplays SET song_duration = 200.50001 WHERE item_in_session = 1",
        ["the song of a play has its title, artist and duration, and its artist_id"],
    ),
    (
        "UPDATE songplays SET song_id = 'SOCCCCCCCCCCCCCCCC' WHERE item_in_session = 1",
        ["a play of a song in songs has its song_id, the smallest where several songs match"],
    ),
    (
        "UPDATE songplays SET song_id = NULL, artist_id = NULL WHERE item_in_session = 1",
        ["a play of a song in songs has its song_id, the smallest where several songs match"],
    ),
    (
        "DELETE FROM songplays",
        [],
    ),
]


@pytest.mark.parametrize(("change", "descriptions"), CASES)
def test_one_bad_row_breaks_what_it_should(broken: Broken, change: str, descriptions: list[str]) -> None:
    assert broken("songplays", change) == descriptions


def test_good_rows_break_nothing(broken: Broken) -> None:
    assert broken("songplays", "SELECT 1") == []


def test_every_expectation_can_fail() -> None:
    from expectations.songplays import suite  # noqa: PLC0415

    can_fail = {description for _, descriptions in CASES for description in descriptions}
    assert can_fail == {expectation.description for expectation in suite().expectations}
