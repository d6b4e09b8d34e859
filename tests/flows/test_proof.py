"""An audit proves that the star is what the lake tables give: what was changed in it by hand is told, and mended."""

import pytest

from expectations.running.results import ExpectationsFailed
from flows.audit import audit
from flows.erase import erase
from flows.etl import etl
from flows.rebuild import rebuild
from sql.tables import natural_key, parse_table, read_table
from tests.flows.lakes import Lake, read_star
from tests.state import execute, fetch
from warehouse import ConservationError

pytestmark = pytest.mark.usefixtures("warehouse")

RECORD = "UPDATE batch_tables SET rows_after = rows_after {} WHERE table_name = '{}'"
PLANTED = [
    (
        [
            "INSERT INTO artists SELECT 'ARZZZZZ1187B99BFB1', name, location, latitude, longitude, 1 FROM artists",
            RECORD.format("+ 1", "artists"),
        ],
        "table artists holds 1 row that the lake tables do not give (artist_id ARZZZZZ1187B99BFB1)",
    ),
    (
        [
            "UPDATE time SET hour = MOD(hour + 1, 24) WHERE start_time < '2018-11-12 02:37:38.797'",
            "INSERT INTO time VALUES ('2018-11-13', 0, 13, 46, 11, 2018, 2, 1)",
            RECORD.format("+ 1", "time"),
        ],
        "table time holds 1 row that the lake tables do not give (start_time 2018-11-13 00:00:00)",
    ),
    (
        ["UPDATE users SET gender = NULL WHERE user_id = 11"],
        "table users holds 1 row other than the lake tables give them (user_id 11)",
    ),
    (
        ["DELETE FROM songplays WHERE item_in_session = 2", RECORD.format("- 1", "songplays")],
        "table songplays lacks 1 row that the lake tables give (session_id 345, item_in_session 2)",
    ),
    (
        ["UPDATE songplays SET level = 'paid' WHERE item_in_session = 1"],
        "table songplays holds 1 row other than the lake tables give them (session_id 345, item_in_session 1)",
    ),
]
"""What was changed by hand, in the audit tables too where rows came or went; and how an audit tells it."""


@pytest.fixture
def loaded(lake: Lake) -> Lake:
    """A lake of two days, loaded one after the other."""
    etl(events=lake.events, songs=lake.songs)
    later = {"ts": 1542163058796, "userId": "11"}
    lake.log("2018-11-14", {**later, "itemInSession": 1}, {**later, "itemInSession": 2})
    etl()
    return lake


def test_what_was_changed_in_the_star_is_told_by_table_and_key_and_a_rebuild_mends_it(loaded: Lake) -> None:
    star = read_star()
    audit()
    execute(*(statement for statements, _ in PLANTED for statement in statements))
    with pytest.raises(ExpectationsFailed, match=r"^time.start_time: .*are those of start_time\)") as failure:
        audit()
    told = "; ".join(difference for _, difference in PLANTED)
    assert str(failure.value).splitlines()[-1] == (
        f"{told}: rows came, went or changed outside of this project; sparkify rebuild computes the star from the lake "
        "tables again; where it is they that were changed, sparkify etl --full-refresh loads the lake again"
    )
    rebuild()
    audit()
    assert read_star() == star


@pytest.mark.slow
def test_three_keys_are_examples_of_many_and_a_row_that_is_there_twice_is_one(loaded: Lake) -> None:
    loaded.log("2018-11-15", *({"itemInSession": number} for number in range(3, 7)))
    etl()
    execute(
        "UPDATE songplays SET location = 'Nowhere' WHERE item_in_session > 2",
        "INSERT INTO users SELECT * FROM users WHERE user_id = 10",
        RECORD.format("+ 1", "users"),
    )
    with pytest.raises(ExpectationsFailed, match=r"users.user_id: 10 ") as failure:  # the key, which a suite holds
        audit()
    told = str(failure.value).splitlines()[-1]
    keys = "; ".join(f"session_id 345, item_in_session {number}" for number in (3, 4, 5))
    assert told.startswith("table users holds 1 row other than the lake tables give them (user_id 10); table songplays")
    assert f"songplays holds 4 rows other than the lake tables give them ({keys}; ...): rows came" in told
    assert "Nowhere" not in str(failure.value)


@pytest.mark.slow
def test_a_row_that_is_there_twice_does_not_stand_for_one_that_is_gone(loaded: Lake) -> None:
    execute(
        "DELETE FROM songplays WHERE item_in_session = 2",
        "INSERT INTO songplays SELECT * FROM songplays WHERE item_in_session = 1",
    )
    twice = r"^songplays\.session_id: 345 breaks the rule \(1 row, first item_in_session 1; songplays has one row per"
    with pytest.raises(ExpectationsFailed, match=twice) as failure:
        audit()
    told = str(failure.value).splitlines()[-1]
    assert told.startswith("table songplays lacks 1 row that the lake tables give (session_id 345, item_in_session 2):")


def test_of_plays_that_contradict_each_other_the_star_must_have_the_latest(loaded: Lake) -> None:
    earlier, latest = {"location": "Ames, IA", "level": "free"}, {"location": "Boise, ID", "level": "paid"}
    contested = {"ts": 1542163058796, "userId": "11", "itemInSession": 3}
    loaded.log("2018-11-15", {**contested, **earlier}, {**contested, **earlier})
    loaded.log("2018-11-16", {**contested, **latest, "ts": 1542163058797})
    etl()
    audit()
    execute(
        "UPDATE songplays SET location = 'Ames, IA', level = 'free', start_time = '2018-11-14 02:37:38.796' "
        "WHERE item_in_session = 3",
        "DELETE FROM time WHERE start_time = '2018-11-14 02:37:38.797'",
        RECORD.format("- 1", "time"),
    )
    with pytest.raises(ConservationError) as failure:
        audit()
    told = "other than the lake tables give them (session_id 345, item_in_session 3)"
    assert str(failure.value).startswith(
        "table time lacks 1 row that the lake tables give (start_time 2018-11-14 02:37:38.797000); "
        f"table songplays holds 1 row {told}: rows came"
    )


def test_a_row_of_the_lake_that_is_gone_is_told_with_its_batch_and_a_rebuild_is_no_remedy(loaded: Lake) -> None:
    star = read_star()
    execute("DELETE FROM lake_events WHERE iteminsession = 2", RECORD.format("- 1", "lake_events"))
    with pytest.raises(ConservationError) as failure:
        audit()
    assert str(failure.value) == (
        "lake_events of batch 2: expected 2 rows, found 1; "
        "table users holds 1 row other than the lake tables give them (user_id 11); "
        "table songplays holds 1 row that the lake tables do not give (session_id 345, item_in_session 2): "
        "rows came, went or changed outside of this project; sparkify etl --full-refresh loads the lake again"
    )
    etl(full_refresh=True)
    audit()
    assert read_star() == star


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE lake_songs SET artist_id = NULL",
            "table artists lacks 1 row that the lake tables give (artist_id None); table artists holds 1 row that",
        ),
        (
            "UPDATE lake_events SET sessionid = NULL WHERE iteminsession = 2",
            "table songplays lacks 1 row that the lake tables give (session_id None, item_in_session 2); table",
        ),
        (
            "UPDATE lake_events SET ts = NULL WHERE iteminsession = 2",
            "table time lacks 1 row that the lake tables give (start_time None); table users holds 1 row other than",
        ),
    ],
)
def test_a_row_of_the_lake_that_no_load_would_take_is_told_as_any_other(
    loaded: Lake, statement: str, told: str
) -> None:
    execute(statement)
    with pytest.raises(ConservationError) as failure:
        audit()
    assert told in str(failure.value)


def test_rows_of_the_lake_that_no_current_file_has_brought_are_told(loaded: Lake) -> None:
    execute("UPDATE loaded_files SET is_current = FALSE WHERE batch_id = 2")
    with pytest.raises(ConservationError, match=r"^lake_events of batch 2: expected 0 rows, found 2: "):
        audit()


def test_rows_that_a_file_had_must_be_loaded_in_quarantine_or_erased(loaded: Lake) -> None:
    bad = {"itemInSession": 4, "userId": "11", "level": "gold"}
    log = loaded.log("2018-11-15", {"itemInSession": 3}, bad, {"itemInSession": 5})
    etl(quarantine_budget=0.5)
    erase(user=10, confirm=True)
    audit()
    execute("DELETE FROM quarantine")
    with pytest.raises(ConservationError) as failure:
        audit()
    assert str(failure.value).startswith(f"lake_events of file://{log}: expected 1 row, found 0: rows came, went or")


def test_a_star_that_lost_rows_or_a_table_is_rebuilt(loaded: Lake) -> None:
    star = read_star()
    execute("DELETE FROM songplays", "DROP TABLE artists CASCADE")
    rebuild()
    audit()
    assert read_star() == star


def test_a_row_is_named_by_a_key_of_its_own_wherever_that_is_declared() -> None:
    bridge = """
CREATE TABLE IF NOT EXISTS listened (
    user_id INTEGER NOT NULL REFERENCES users (user_id),
    song_id VARCHAR(32) NOT NULL,
    FOREIGN KEY (song_id) REFERENCES songs (song_id),
    PRIMARY KEY (user_id, song_id)
);"""
    assert natural_key(parse_table("listened", bridge)) == ("user_id", "song_id")
    assert natural_key(read_table("songplays")) == ("session_id", "item_in_session")


def test_an_audit_leaves_nothing_behind(loaded: Lake) -> None:
    tables = "SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2"
    before = fetch(tables), read_star()
    audit()
    assert (fetch(tables), read_star()) == before
