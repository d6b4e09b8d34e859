"""What is lost of a warehouse is told before a run builds on it, and the remedy that is told brings it back."""

from contextlib import closing
from functools import partial

import pytest

from sql.tables import TABLES
from tasks.provision import integrity
from tasks.provision.integrity import LOAD_AGAIN, check_tables
from tasks.provision.provisioning import provision
from tasks.provision.versions import START_AGAIN
from tests.state import execute, forget_everything, lost_by
from warehouse import connect, open_warehouse

ROWS = (
    """
    INSERT INTO batches (batch_id, flow_run_id, flow_run_name, started_at, published_at, status, files, event_rows,
        song_rows, plays_added_rows, plays_present_rows, quarantined_rows)
    SELECT 7, 'id', 'name', GETDATE(), GETDATE(), 'published', 2, 2, 0, 2, 0, 1
    """,
    "INSERT INTO batch_tables (batch_id, table_name, rows_after) VALUES "
    "(7, 'users', 2), (7, 'artists', 0), (7, 'songs', 0), (7, 'time', 1), (7, 'songplays', 2)",
    "INSERT INTO batches SELECT 8, 'id', 'name', GETDATE(), NULL, 'failed'",
    "INSERT INTO loaded_files SELECT 'a', 'x', 1, GETDATE(), 'events', 7, 1, 1, 0, TRUE, NULL, NULL",
    "INSERT INTO loaded_files SELECT 'b', 'x', 1, GETDATE(), 'events', 7, 2, 1, 1, TRUE, NULL, NULL",
    "INSERT INTO quarantine SELECT 7, 'events', 'b', 1, 'level', '1204', 'too long', 'raw', GETDATE()",
    "INSERT INTO users SELECT 10, 'A', 'B', 'F', 'free', GETDATE(), 1, 1, 7",
    "INSERT INTO users SELECT 11, 'A', 'B', 'F', 'free', GETDATE(), 1, 2, 7",
    "INSERT INTO time SELECT TIMESTAMP '2018-11-12 02:37:38', 2, 12, 46, 11, 2018, 1, 7",
    "INSERT INTO songplays (songplay_id, start_time, user_id, level, session_id, item_in_session, batch_id) "
    "SELECT MD5('1'), TIMESTAMP '2018-11-12 02:37:38', 10, 'free', 1, 1, 7",
    "INSERT INTO songplays (songplay_id, start_time, user_id, level, session_id, item_in_session, batch_id) "
    "SELECT MD5('2'), TIMESTAMP '2018-11-12 02:37:38', 11, 'free', 1, 2, 7",
)
"""Two plays by two users at one moment, of no song, from two files with one bad row."""


def check(*, full_refresh: bool = False) -> list[str]:
    """Check the tables, and return those that are to be made."""
    return check_tables.fn(open_warehouse("local"), full_refresh=full_refresh).tables


@pytest.fixture
def loaded() -> None:
    """A warehouse that one batch has filled, without a run of the flow."""
    forget_everything()
    provision.fn(open_warehouse("local"))
    execute(*ROWS)


def test_a_warehouse_that_holds_what_the_ledger_says_lacks_nothing(loaded: None) -> None:
    assert check() == []


def test_of_an_empty_warehouse_nothing_is_lost() -> None:
    forget_everything()
    assert check() == [*TABLES]
    provision.fn(open_warehouse("local"))
    assert check() == []


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        ("DROP TABLE songplays", "table songplays is gone, but batch_tables records 2 rows"),
        ("DELETE FROM songplays", "table songplays is empty, but batch_tables records 2 rows"),
        (
            "DELETE FROM users WHERE user_id = 10",
            "table users holds 1 row, but batch_tables records 2 rows",
        ),
        ("DROP TABLE users CASCADE", "table users is gone, but batch_tables records 2 rows"),
        ("DROP TABLE loaded_files", "table loaded_files is gone, but batches records 2 rows of batch 7"),
        ("TRUNCATE loaded_files", "table loaded_files is empty, but batches records 2 rows of batch 7"),
        ("DROP TABLE quarantine", "table quarantine is gone, but batches records 1 row of batch 7"),
        ("DROP TABLE batch_tables", "table batch_tables is gone, but there are rows in time, users, songplays"),
        (
            "DELETE FROM batch_tables WHERE table_name = 'users'",
            "table users holds 1 row, and batch_tables does not record how many rows it held",
        ),
        ("DROP TABLE batches CASCADE", "table batches is gone, but there are rows in time, users, songplays"),
        ("DELETE FROM batches", "table batches knows no published batch, but there are rows in time, users, songplays"),
    ],
)
def test_rows_that_are_lost_are_told_and_loaded_again(loaded: None, damage: str, lost: str) -> None:
    execute(damage)
    assert lost_by(check) == f"{lost}: {LOAD_AGAIN}"
    missing = [damage.split()[2]] if damage.startswith("DROP") else []
    assert check(full_refresh=True) == missing


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        ("ALTER TABLE songplays DROP COLUMN level", "column songplays.level is gone"),
        ("ALTER TABLE users DROP COLUMN gender", "column users.gender is gone"),
        ("ALTER TABLE lake_events DROP COLUMN page", "column lake_events.page is gone"),
        ("ALTER TABLE lake_songs DROP COLUMN title", "column lake_songs.title is gone"),
        ("ALTER TABLE schema_versions DROP COLUMN version CASCADE", "column schema_versions.version is gone"),
        ("ALTER TABLE schema_versions RENAME COLUMN migration TO name", "column schema_versions.migration is gone"),
        ("ALTER TABLE loaded_files DROP COLUMN size_bytes", "column loaded_files.size_bytes is gone"),
        (
            "DROP TABLE time CASCADE; CREATE TABLE time (start_time TIMESTAMP NOT NULL, hour BIGINT NOT NULL, "
            "day INTEGER, week INTEGER NOT NULL, month INTEGER NOT NULL, year INTEGER NOT NULL, "
            "weekday INTEGER NOT NULL, batch_id INTEGER NOT NULL)",
            "column time.hour is bigint, not integer; column time.day is not NOT NULL",
        ),
    ],
)
def test_a_column_that_is_lost_or_altered_is_told(loaded: None, damage: str, lost: str) -> None:
    execute(damage)
    for full_refresh in (False, True):
        assert lost_by(partial(check, full_refresh=full_refresh)) == f"{lost}: {START_AGAIN}"


def test_what_a_person_adds_is_no_damage(loaded: None) -> None:
    execute(
        "CREATE TABLE mine (a INT)", "ALTER TABLE users ADD COLUMN nickname VARCHAR(9)", "INSERT INTO mine VALUES (1)"
    )
    execute("INSERT INTO artists SELECT 'AR1', 'A', NULL, NULL, NULL, 7")
    with closing(connect(read_only=False)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("ALTER TABLE users ALTER COLUMN first_name TYPE VARCHAR(300)")
    assert check() == []


def test_what_held_nothing_by_the_ledger_is_made_anew(loaded: None) -> None:
    execute("DROP TABLE staging_events", "ALTER TABLE staging_songs DROP COLUMN year", "DROP TABLE songs CASCADE")
    assert check() == ["staging_events", "staging_songs", "songs"]
    provision.fn(open_warehouse("local"))
    assert check() == []


def test_a_large_table_is_seen_to_be_empty_and_not_counted(loaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "COUNTED_ROWS", 1)
    execute("DELETE FROM users WHERE user_id = 10")
    assert check() == []
    execute("DELETE FROM users")
    assert lost_by(check) == f"table users is empty, but batch_tables records 2 rows: {LOAD_AGAIN}"
