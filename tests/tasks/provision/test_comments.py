"""The catalogue says what each column means: of tables that are made, and of those that an older release has made."""

from sql.meanings import meaning
from sql.tables import TABLES, read_table
from tasks.provision.integrity import check_tables, prepare_tables
from tests.stages import bare_stages
from tests.state import execute, fetch, forget_everything
from warehouse import open_warehouse

COMMENTS = """
    SELECT c.relname::varchar, a.attname::varchar, d.description
    FROM pg_description AS d
    INNER JOIN pg_class AS c ON d.objoid = c.oid
    INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid AND n.nspname = 'sparkify'
    INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid
"""
GRAIN = """
    SELECT d.description FROM pg_description AS d INNER JOIN pg_class AS c ON d.objoid = c.oid
    WHERE c.relname = 'users' AND d.objsubid = 0
"""


def prepare() -> None:
    with bare_stages():
        prepare_tables(open_warehouse("local"))


def comments() -> dict[tuple[str, str], str]:
    return {(str(table), str(column)): str(text) for table, column, text in fetch(COMMENTS)}


def test_tables_are_made_with_what_their_columns_mean_and_older_ones_get_it() -> None:
    forget_everything()
    prepare()
    wanted = {
        (table, each.name): str(meaning(table, each.name)) for table in TABLES for each in read_table(table).columns
    }
    assert comments() == wanted
    assert wanted["songplays", "song_duration"] == (
        "How long the song is, as the app logged it; not how long it was listened to (s); such as 269.58322."
    )
    assert fetch(GRAIN) == [(read_table("users").grain,)]
    execute("COMMENT ON COLUMN users.level IS 'what an older release said'")
    execute("COMMENT ON COLUMN songs.year IS NULL")
    with bare_stages():
        unmade = check_tables(open_warehouse("local"), full_refresh=False)
        assert unmade.uncommented == ["songs", "users"]
    prepare()
    assert comments() == wanted
    with bare_stages():
        assert not check_tables(open_warehouse("local"), full_refresh=False)


def test_all_comments_are_one_request() -> None:
    forget_everything()
    target = open_warehouse("local")
    with bare_stages():
        prepare_tables(target)
        execute("COMMENT ON COLUMN songs.year IS NULL")
        before = target.usage.requests
        prepare_tables(target)
        with_one = target.usage.requests - before
        for table in ("users", "artists", "songs"):
            execute(f"COMMENT ON COLUMN {table}.batch_id IS NULL")
        before = target.usage.requests
        prepare_tables(target)
    assert target.usage.requests - before == with_one
