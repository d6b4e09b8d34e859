"""Versions of the tables: what is changed of older ones, what is refused, and what a migration may be."""

import re
from dataclasses import replace

import pytest

import sql
from sql.tables import read_table
from tasks.provision import versions
from tasks.provision.catalogue import CatalogueColumn, misplaced
from tasks.provision.integrity import check_tables
from tasks.provision.provisioning import provision
from tasks.provision.versions import Migration, migrations
from tests.stages import bare_stages
from tests.state import execute, fetch, forget_everything
from tests.variants import often
from warehouse import WrongVersion, open_warehouse

APPLIED = "SELECT version, migration FROM schema_versions ORDER BY version"
ALL = [(each.version, each.name) for each in migrations()]
NEXT = ALL[-1][0] + 1
NOT_IN_A_TRANSACTION = re.compile(r"TRUNCATE|VACUUM|ALTER TABLE \w+ (APPEND|ALTER COLUMN)|COMMIT|BEGIN")
"""What commits on Redshift, or does not run beside anything else."""


@pytest.fixture
def tables() -> None:
    """A new warehouse without rows."""
    forget_everything()
    provision.fn(open_warehouse("local"))


def add(monkeypatch: pytest.MonkeyPatch, *statements: str) -> str:
    """Let newer code have one more migration, and return its name."""
    newer = Migration(NEXT, f"{NEXT:04}_change", statements)
    monkeypatch.setattr(versions, "migrations", lambda: [*migrations(), newer])
    return newer.name


@pytest.mark.parametrize("left", often(range(NEXT - 1), [0, NEXT - 2]))
def test_rows_of_versions_that_somebody_deleted_are_entered_again_and_no_data_is_touched(
    tables: None, left: int
) -> None:
    execute("INSERT INTO users SELECT 10, 'Zoë', 'O', 'F', 'free', GETDATE(), 1, 1, 1")
    execute(f"DELETE FROM schema_versions WHERE version > {left}")
    with bare_stages():
        provision(open_warehouse("local"))
    assert fetch(APPLIED) == ALL
    assert fetch("SELECT user_id FROM users") == [(10,)]


def test_a_migration_that_shows_nowhere_is_run_though_rows_of_versions_were_deleted(
    tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute("INSERT INTO users SELECT 10, 'Zoë', 'O', 'F', 'free', GETDATE(), 1, 1, 1")
    execute("DELETE FROM schema_versions WHERE version > 3")
    name = add(monkeypatch, "UPDATE users SET level = 'paid'")
    with bare_stages():
        provision(open_warehouse("local"))
    assert fetch(APPLIED) == [*ALL, (NEXT, name)]
    assert fetch("SELECT level FROM users") == [("paid",)]


def test_migrations_are_numbered_without_a_gap_and_can_be_undone_as_one() -> None:
    files = sorted(file.stem for file in (sql.FOLDER / "migrate").iterdir())
    assert files == [each.name for each in migrations()]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", name) for name in files)
    assert [each.version for each in migrations()] == [*range(1, len(files) + 1)]
    assert [each.name for each in migrations() for one in each.statements if NOT_IN_A_TRANSACTION.match(one)] == []


@pytest.mark.parametrize(
    ("statement", "dropped"),
    [
        ("DROP TABLE songs", ["songs"]),
        ("DROP TABLE IF EXISTS songs", ["songs"]),
        ("DELETE FROM songs WHERE year = 0", ["songs"]),
        ("ALTER TABLE songs DROP COLUMN year", ["songs"]),
        ("ALTER TABLE songs RENAME TO titles", ["songs"]),
        ("ALTER TABLE songs RENAME COLUMN year TO released", ["songs"]),
        ("ALTER TABLE songs ADD COLUMN genre VARCHAR(32)", []),
        ("ALTER TABLE songs ALTER DISTSTYLE KEY DISTKEY song_id", []),
        ("CREATE TABLE genres (name VARCHAR(32))", []),
        ("INSERT INTO genres SELECT 'rock'", []),
        ("UPDATE songs SET genre = 'rock'", []),
    ],
)
def test_what_drops_or_replaces_something_is_known(statement: str, dropped: list[str]) -> None:
    assert Migration(NEXT, "", [statement]).dropped == dropped


@pytest.mark.parametrize(
    ("copies", "dropped"),
    [
        ("INSERT INTO genres (name) SELECT songs.genre FROM songs", []),
        ("INSERT INTO genres (name) SELECT songs.genres FROM songs", ["songs"]),
        ("UPDATE genres SET name = songs.genre FROM songs", ["songs"]),
    ],
)
def test_a_column_whose_values_were_copied_before_is_not_lost(copies: str, dropped: list[str]) -> None:
    drop = "ALTER TABLE songs DROP COLUMN genre"
    assert Migration(NEXT, "", [copies, drop]).dropped == dropped
    assert Migration(NEXT, "", [drop, copies]).dropped == ["songs"]


def test_no_migration_of_ours_waits_for_a_person() -> None:
    assert [each.name for each in migrations() if each.dropped] == []


def test_an_older_warehouse_that_has_lost_batches_is_brought_up_as_far_as_it_is_there(tables: None) -> None:
    execute("DROP TABLE schema_versions", "DROP TABLE batch_tables", "DROP TABLE batches CASCADE")
    provision.fn(open_warehouse("local"))
    assert fetch(APPLIED) == ALL
    assert not check_tables.fn(open_warehouse("local"), full_refresh=True)


def test_a_new_warehouse_is_of_the_newest_version(tables: None) -> None:
    assert fetch(APPLIED) == ALL
    assert not check_tables.fn(open_warehouse("local"), full_refresh=False)


def test_what_older_code_made_part_of_is_brought_up_by_the_rest(tables: None) -> None:
    columns = "batch_id, flow_run_id, flow_run_name, started_at, status"
    batch = f"INSERT INTO batches ({columns}) SELECT {{}}, 'a', 'b', GETDATE(), '{{}}'"
    execute(
        "DROP TABLE schema_versions",
        "DROP TABLE sources",
        "ALTER TABLE batches ADD COLUMN users_rows BIGINT",
        *(batch.format(batch_id, status) for batch_id, status in [(1, "published"), (2, "published"), (3, "failed")]),
        "INSERT INTO users SELECT 10, 'A', 'B', 'F', 'free', GETDATE(), 1, 1, 2",
    )
    provision.fn(open_warehouse("local"))
    assert fetch(APPLIED) == ALL
    assert fetch("SELECT batch_id, table_name, rows_after FROM batch_tables ORDER BY 3 DESC, 2") == [
        (2, table, int(table == "users")) for table in ("users", "artists", "songplays", "songs", "time")
    ]
    assert fetch("SELECT column_name FROM information_schema.columns WHERE column_name LIKE '%%s_rows'") == []
    assert fetch("SELECT COUNT(*) FROM sources") == [(0,)]


def test_a_migration_that_adds_runs_by_itself_and_once(tables: None, monkeypatch: pytest.MonkeyPatch) -> None:
    execute("INSERT INTO artists SELECT 'AR1', 'A', NULL, NULL, NULL, 1")
    name = add(monkeypatch, "ALTER TABLE artists ADD COLUMN genre VARCHAR(32) DEFAULT 'rock'")
    for _ in range(2):
        provision.fn(open_warehouse("local"))
        assert fetch(APPLIED) == [*ALL, (NEXT, name)]
        assert fetch("SELECT genre FROM artists") == [("rock",)]


def test_a_migration_that_drops_waits_for_a_person(tables: None, monkeypatch: pytest.MonkeyPatch) -> None:
    execute("INSERT INTO artists SELECT 'AR1', 'A', NULL, NULL, NULL, 1", "DROP TABLE run_lock")
    name = add(monkeypatch, "ALTER TABLE artists RENAME COLUMN latitude TO lat")
    with pytest.raises(WrongVersion) as refused:
        provision.fn(open_warehouse("local"))
    assert str(refused.value) == (
        f"the tables are of an older version, and {name} drops or rewrites artists; nothing was changed. "
        "Run: sparkify provision --migrate"
    )
    assert fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'sparkify' AND tablename = 'run_lock'") == []
    provision.fn(open_warehouse("local"), migrate=True)
    assert fetch(APPLIED) == [*ALL, (NEXT, name)]
    assert fetch("SELECT artist_id, lat FROM artists") == [("AR1", None)]


def test_a_column_that_another_replaces_with_its_values_waits_for_nobody(
    tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute("INSERT INTO artists SELECT 'AR1', 'A', NULL, 1.5, NULL, 1")
    name = add(
        monkeypatch,
        "ALTER TABLE artists ADD COLUMN latitude_or_null DOUBLE PRECISION",
        "UPDATE artists SET latitude_or_null = latitude",
        "ALTER TABLE artists DROP COLUMN latitude",
        "ALTER TABLE artists RENAME COLUMN latitude_or_null TO latitude",
    )
    provision.fn(open_warehouse("local"))
    assert fetch(APPLIED) == [*ALL, (NEXT, name)]
    assert fetch("SELECT artist_id, latitude FROM artists") == [("AR1", 1.5)]


def test_of_a_migration_that_fails_nothing_is_left(tables: None, monkeypatch: pytest.MonkeyPatch) -> None:
    name = add(monkeypatch, "ALTER TABLE artists ADD COLUMN genre VARCHAR(32)", "UPDATE genres SET name = 'rock'")
    with pytest.raises(WrongVersion, match=f'{name} cannot be run on the tables as they are.* "genres" does not exist'):
        provision.fn(open_warehouse("local"))
    assert fetch(APPLIED) == ALL
    assert fetch("SELECT column_name FROM information_schema.columns WHERE column_name = 'genre'") == []


def test_tables_that_differ_until_a_migration_are_not_taken_for_damaged(
    tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute("ALTER TABLE artists RENAME COLUMN latitude TO lat")
    add(monkeypatch, "ALTER TABLE artists RENAME COLUMN lat TO latitude")
    assert [each.version for each in check_tables.fn(open_warehouse("local"), full_refresh=False).migrations] == [NEXT]
    provision.fn(open_warehouse("local"), migrate=True)
    assert not check_tables.fn(open_warehouse("local"), full_refresh=False)


def test_what_a_table_declares_and_lacks_is_written_as_alter_table() -> None:
    """Of Redshift's catalogue, which no emulator here keeps."""
    table = read_table("songplays")
    keys = {("songplays", key) for key in table.keys}
    as_declared = {
        column.name: CatalogueColumn(
            "", is_required=False, is_dist_key=column.name == "user_id", sort_position=int(column.name == "user_id")
        )
        for column in table.columns
    }
    assert [*misplaced("songplays", as_declared, keys)] == []
    unknown = {name: replace(column, is_dist_key=None) for name, column in as_declared.items()}
    assert [*misplaced("songplays", unknown, ())] == []
    moved = {name: replace(column, is_dist_key=False) for name, column in as_declared.items()}
    assert [*misplaced("songplays", moved, keys)] == ["ALTER TABLE songplays ALTER DISTSTYLE KEY DISTKEY user_id"]
    elsewhere = {name: replace(column, is_dist_key=False, sort_position=0) for name, column in as_declared.items()}
    elsewhere["level"] = replace(elsewhere["level"], sort_position=1)
    assert [*misplaced("songplays", elsewhere, keys - {("songplays", "UNIQUE (session_id, item_in_session)")})] == [
        "ALTER TABLE songplays ADD UNIQUE (session_id, item_in_session)",
        "ALTER TABLE songplays ALTER DISTSTYLE KEY DISTKEY user_id",
        "ALTER TABLE songplays ALTER SORTKEY (user_id)",
    ]


@pytest.mark.parametrize(
    ("dist_style", "is_on_every_node"),
    [(0, False), (8, True), (10, False), (11, False), (12, False), (None, True)],  # NULL: another user's table
)
def test_a_table_that_is_not_on_every_node_where_it_is_to_be_is_told(
    dist_style: int | None, is_on_every_node: bool
) -> None:
    table = read_table("batches")
    found = {
        column.name: CatalogueColumn("", is_required=False, is_dist_key=False, sort_position=0, dist_style=dist_style)
        for column in table.columns
    }
    found["batch_id"] = replace(found["batch_id"], sort_position=1)
    told = [*misplaced("batches", found, {("batches", key) for key in table.keys})]
    assert told == ([] if is_on_every_node else ["ALTER TABLE batches ALTER DISTSTYLE ALL"])


def test_a_table_knows_its_keys_and_where_its_rows_are() -> None:
    files = read_table("loaded_files")
    assert (files.dist_key, files.sort_key) == ("url", ("batch_id",))
    assert files.keys == ("FOREIGN KEY (batch_id) REFERENCES batches (batch_id)", "PRIMARY KEY (url, etag)")
    assert (read_table("batches").dist_key, read_table("run_lock").sort_key) == (None, ())
