"""No rows travel between nodes where a DISTKEY could keep them in place."""

import re
from collections.abc import Iterator, Mapping

import pytest

import sql
from expectations.running.checks import Check, batch_checks, staging_checks
from expectations.running.gx import gxe
from expectations.running.session import suite_module
from sql.datasets import DATASETS, LAKE, STAGING
from sql.tables import STAR, lake_names
from tests.sql.distribution import NOWHERE, Placement, declared, travelling

EACH = {"star": STAR, "staging": STAGING, "lake": LAKE}

ONE_KEY = "songplays lies by user: it is what analysts join and filter by"
UNDECLARED = "the planner is not to believe the key"
TRAVELLING = {
    # The identity of a play is not its user: of two versions of one play the user may differ, and both are found.
    # What travels is the batch's plays, or their keys: Redshift sends the smaller side to the larger.
    "load/songplays: lake_events.page = 'NextSong' AND lake_events.sessionid = songplays.session_id "
    "AND lake_events.iteminsession = songplays.item_in_session": "an earlier version may be another user's",
    "load/songplays: leaving_events.page = 'NextSong' AND leaving_events.sessionid = lake_events.sessionid "
    "AND leaving_events.iteminsession = lake_events.iteminsession": "as above, of the plays that left the lake",
    "load/songplays: songplays.session_id = doubtful.sessionid "
    "AND songplays.item_in_session = doubtful.iteminsession": "as above",
    "load/songplays: loaded.session_id = lost.session_id AND loaded.item_in_session = lost.item_in_session": "as above",
    "load/songplays: lost.session_id = remaining.session_id "
    "AND lost.item_in_session = remaining.item_in_session": "as above",
    "load/songplays: ranked.session_id = there.session_id AND ranked.item_in_session = there.item_in_session": "the "
    "ranking has brought the versions of a play together",
    "inspect/batch_rows: plays.sessionid = songplays.session_id "
    "AND plays.iteminsession = songplays.item_in_session": "as above",
    "reconciliation_events/play_is_loaded: songplays.session_id = others.sessionid "
    "AND songplays.item_in_session = others.iteminsession": "as above, of the plays that the batch has not written",
    "songplays/session_id_and_item_in_session_is_unique: others.session_id = keys.session_id "
    "AND others.item_in_session = keys.item_in_session": "a second row of a play may be another user's",
    # The plays of the batch meet the songs, of which they know neither id nor, before that, anything but the credits.
    "load/songplays: credits.title = songs.title AND credits.artist_name = songs.artist_name "
    "AND credits.duration = songs.duration": "songs lies by song_id, which is looked for",
    "load/songplays: ranked.song_title = credited.title AND ranked.artist_name = credited.artist_name "
    "AND ranked.song_duration = credited.duration AND credited.place = 1": "songs lies by song_id, which is looked for",
    "songplays/song_is_the_one_played: songs.song_id = plays.song_id": ONE_KEY,
    "songplays/song_is_found: songs.title = plays.song_title AND songs.artist_name = plays.artist_name "
    "AND songs.duration = plays.song_duration": ONE_KEY,
    "inspect/drift: batch_columns.dataset = uncounted.dataset": "a row per dataset",
    "inspect/drift: days.dataset = bounds.dataset": "a row per dataset",
    "inspect/missing_days: batch_columns.dataset = uncounted.dataset": "a row per dataset",
    "inspect/missing_days: followed.dataset = usual.dataset": "a row per dataset",
    "inspect/usage: sys_query_history.query_id = scans.query_id": "as below",
    "inspect/sys_file_rows: sys_load_detail.query_id = sys_load_history.query_id": "system views lie where they lie",
    "inspect/columns: pg_attribute.attrelid = pg_class.oid": "the catalogue lies on the leader node",
    "inspect/columns: pg_class.relnamespace = pg_namespace.oid": "as above",
    "inspect/columns: pg_class.oid = pg_class_info.reloid": "as above",
    "inspect/columns: pg_class.oid = pg_description.objoid AND pg_attribute.attnum = pg_description.objsubid "
    "AND pg_description.classoid = 1259": "as above",
    "inspect/columns: pg_namespace.nspname = pg_table_def.schemaname AND pg_class.relname = pg_table_def.tablename "
    'AND pg_attribute.attname = pg_table_def."column"': "as above",
    "inspect/person: ": "single rows of counts are put side by side",
    "inspect/keys: pg_constraint.conrelid = pg_class.oid": "as above",
    "inspect/keys: pg_class.relnamespace = pg_namespace.oid": "as above",
    # A staging table has one key, and songs bring two tables up to date.
    "load/artists: artists.artist_id = met.artist_id": "lake_songs lies by song_id; the batch's artists travel",
    "load/artists: artists.artist_id = doubtful.artist_id": "as above, of the songs that left the lake",
    "load/artists: lake_songs.artist_id = doubtful.artist_id": "as above",
    "load/artists: artists.artist_id = lost.artist_id": "as above",
    "load/artists: lost.artist_id = met.artist_id": "as above",
    "load/artists: ranked.artist_id = artists.artist_id": "as above",
    "load/time: leaving.start_time = lake_events.ts": "lake_events lies by user; few moments leave the lake",
    "load/time: leaving.start_time = remaining.start_time": "as above",
    "reconciliation_songs/artist_is_loaded: artists.artist_id = staged.artist_id": "as above",
    # What must not rest on a declared key is an expression of its column, which has no place: the batch's keys travel.
    **{
        f"{table}/{key}_is_unique: others.{key} = keys.{key}": UNDECLARED
        for table, key in (("artists", "artist_id"), ("songs", "song_id"), ("users", "user_id"))
    },
    **{
        f"{table}/{rule}: {parent}.{key} = CASE WHEN NOT batch.{key} IS NULL THEN batch.{key} END": UNDECLARED
        for table, rule, parent, key in (
            ("songplays", "user_is_known", "users", "user_id"),
            ("songplays", "song_is_known", "songs", "song_id"),
            ("songplays", "artist_is_known", "artists", "artist_id"),
            ("songs", "artist_is_known", "artists", "artist_id"),
        )
    },
    # Within staging, and so within the batch.
    "staging_events/event_has_one_content: repeated.sessionid = events.sessionid "
    "AND repeated.iteminsession = events.iteminsession": "the versions of an event may differ in their user",
}
"""Every join that is not co-located, and why no DISTKEY of ours can make it so. Those of the star are given."""


def tables() -> dict[str, Placement]:
    """Read where the rows of every table lie: the permanent ones, and those that a load leaves for the next."""
    names = [f"create/{path.stem}" for path in (sql.FOLDER / "create").glob("*.sql")]
    creates = [statement for name in [*names, *(f"load/{name}" for name in STAR)] for statement in sql.statements(name)]
    creates += [sql.statements("leave/lake", lake_names(dataset))[0] for dataset in DATASETS.values()]
    return dict(declared(statement) for statement in creates if re.search(r"CREATE (TEMP )?TABLE", statement))


def files() -> Iterator[tuple[str, str]]:
    """Yield every statement of a run that may join, with the name of its file."""
    for folder in ("batch", "clear", "inspect", "load"):
        for path in sorted((sql.FOLDER / folder).glob("*.sql")):
            for statement in sql.statements(f"{folder}/{path.stem}", EACH):
                if "LOCK TABLE" not in statement:
                    yield f"{folder}/{path.stem}", statement


def rules() -> Iterator[tuple[str, str]]:
    """Yield every query of our own in the suites that a run checks, with the names of its suite and rule."""
    checks: list[Check] = [*staging_checks([*DATASETS]), *batch_checks([*DATASETS])]
    for check in checks:
        for expectation in suite_module(check.table).suite().expectations:
            if isinstance(expectation, gxe.UnexpectedRowsExpectation):
                query = str(expectation.unexpected_rows_query)
                alias = "" if re.search(r"\bJOIN\b", query) else " AS batch"
                yield (
                    f"{check.table}/{expectation.rule}",
                    query.format(batch=f"({check.query}){alias}", others=f"({check.others})"),
                )


def test_the_joins_that_make_rows_travel_are_those_that_must() -> None:
    placed = tables()
    statements = [*files(), *rules()]
    found = {f"{name}: {join}" for name, statement in statements for join in travelling(statement, placed)}
    assert found == set(TRAVELLING)
    assert len(statements) > 60


@pytest.mark.parametrize(
    ("staging", "column", "target", "key"),
    [("staging_events", "userid", "users", "user_id"), ("staging_songs", "song_id", "songs", "song_id")],
)
def test_staging_tables_are_keyed_like_their_targets(staging: str, column: str, target: str, key: str) -> None:
    placed = tables()
    assert [*placed[staging].keys, *placed[target].keys] == [column, key]
    assert {placed[name].keys for name in ("written_users", "written_songplays")} == {frozenset({"user_id"})}


PLACED: Mapping[str, Placement] = {
    "a": Placement(keys=frozenset({"k"})),
    "b": Placement(keys=frozenset({"k"})),
    "everywhere": Placement(everywhere=True),
    "even": NOWHERE,
}
FACTS = {
    "SELECT 1 FROM a JOIN b ON a.k = b.k": [],
    "SELECT 1 FROM a JOIN b ON a.k = b.k AND a.x = b.x": [],
    "SELECT 1 FROM a JOIN b ON a.k = b.x": ["a.k = b.x"],
    "SELECT 1 FROM a JOIN even ON a.k = even.k": ["a.k = even.k"],
    "SELECT 1 FROM a JOIN everywhere ON a.x = everywhere.x JOIN b ON b.k = a.k": [],
    "SELECT 1 FROM a JOIN even ON a.k = even.k JOIN b ON b.k = a.k": ["a.k = even.k", "b.k = a.k"],
    "DELETE FROM a WHERE k IN (SELECT k FROM b)": [],
    "DELETE FROM a WHERE x IN (SELECT x FROM b)": ["x IN (x)"],
    "SELECT 1 FROM a WHERE x IN (SELECT x FROM everywhere)": [],
    "SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.x = 1)": [],
    "SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.x)": ["b.x = a.x"],
    "MERGE INTO a USING b ON a.k = b.k WHEN MATCHED THEN DELETE": [],
    "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE": ["a.x = b.x"],
    "CREATE TEMP TABLE c\nDISTKEY (k)\nAS\nSELECT a.k FROM a JOIN b ON a.k = b.x": ["a.k = b.x"],
    "INSERT INTO a (k) SELECT a.k FROM a LEFT JOIN b ON a.k = b.x": ["a.k = b.x"],
}  # fmt: skip
"""A statement, and the joins of it that are not co-located."""
PASSED_ON = {
    "SELECT x, k FROM a": True,
    "SELECT r AS x, k FROM a": True,
    "SELECT * FROM a": True,
    "SELECT x AS k FROM a": False,
    "SELECT DISTINCT k FROM a": True,
    "SELECT k, MAX(x) AS x FROM a GROUP BY k": True,
    "SELECT x, MAX(k) AS k FROM a GROUP BY x": False,
    "SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x) AS place FROM a": True,
    "SELECT *, ROW_NUMBER() OVER (PARTITION BY x ORDER BY k) AS place FROM a": False,
    "SELECT a.* FROM a UNION ALL SELECT b.* FROM b": True,
    "SELECT a.k FROM a UNION ALL SELECT even.k FROM even": False,
    "SELECT a.k FROM a JOIN even ON a.k = even.k": False,
    "SELECT b.k FROM a JOIN b ON a.k = b.k": True,
}
"""A query, and whether what it gives out lies by k."""


@pytest.mark.parametrize("statement", FACTS)
def test_a_join_is_colocated_where_both_sides_lie_by_what_it_equates(statement: str) -> None:
    assert travelling(statement, PLACED) == FACTS[statement]


@pytest.mark.parametrize("query", PASSED_ON)
def test_a_query_passes_on_where_its_rows_lie_or_brings_them_elsewhere(query: str) -> None:
    found = travelling(f"WITH c AS ({query}) SELECT 1 FROM c JOIN b ON c.k = b.k", PLACED)
    assert ("c.k = b.k" not in found) == PASSED_ON[query]
