"""One new day on longer and longer histories: what it costs must not depend on what has been loaded before.

The histories are made from one loaded month, which PostgreSQL repeats further and further back in time: with their
own keys, a batch a day, indexes and statistics in order. Each has a warehouse of its own, and all get the same days in
turns.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2.extensions

from local_redshift import postgres_server
from tests.benchmarks.figures import Figure, Measured, Scale, figure
from tests.benchmarks.lake import make_lake, urls
from tests.benchmarks.process import in_process

GROWING = ["time", "songplays"]
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'sparkify' AND tablename = ANY(%s)
"""
REPEAT = """
    INSERT INTO sparkify.time
    SELECT
        moment, DATE_PART('hour', moment), DATE_PART('day', moment), DATE_PART('week', moment),
        DATE_PART('month', moment), DATE_PART('year', moment), DATE_PART('dow', moment),
        -(%(month)s * 31 + DATE_PART('day', moment))
    FROM (SELECT start_time - %(month)s * INTERVAL '31 days' AS moment FROM month_of_time) AS earlier
    ORDER BY moment;

    INSERT INTO sparkify.songplays
    SELECT
        MD5(session_id + %(month)s * 10000000 || '-' || item_in_session), start_time - %(month)s * INTERVAL '31 days',
        user_id, level, song_id, artist_id, session_id + %(month)s * 10000000, location, user_agent, item_in_session,
        song_title, artist_name, song_duration, -(%(month)s * 31 + DATE_PART('day', start_time))
    FROM month_of_songplays
    ORDER BY start_time;
"""
FORGET_PLAYS = """
    TRUNCATE sparkify.songplays, sparkify.time, sparkify.users;
    DELETE FROM sparkify.loaded_files WHERE dataset = 'events';
"""


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Load day after day on a history of none, of as many plays as the scale has events, and of ten times as many."""
    make_lake(folder / "lake", scale.events)
    new = [day.rename(folder / day.name) for day in sorted((folder / "lake/log_data").rglob("*.json"))[-scale.rounds :]]
    histories = {plays: folder / f"home-{plays}" for plays in (0, scale.events, scale.events * 10)}
    for plays, home in histories.items():
        in_process("flow", *urls(folder / "lake"), home=home)
        if plays:
            _repeat_month(home, plays)
        else:
            _run(home, FORGET_PLAYS)
    runs: dict[int, list[Measured]] = {plays: [] for plays in histories}
    for day in new:
        for plays, home in histories.items():
            runs[plays].append(in_process("flow", "--events", str(day), home=home))
        _run(histories[0], FORGET_PLAYS)
    for plays in (scale.events, scale.events * 10):
        case = f"one new day after {plays:,} plays"
        note = f"about {scale.events // 30:,} events"
        yield figure(case, runs[plays], "the same day after none", runs[0], ratio_limit=1.2, note=note)


def _repeat_month(home: Path, plays: int) -> None:
    """Repeat the loaded month until there are as many plays; indexes are made again when all rows are there."""
    with closing(_connect(home)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(INDEXES, (GROWING,))
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX sparkify.{name}")
        for table in GROWING:
            cursor.execute(f"CREATE TEMP TABLE month_of_{table} AS TABLE sparkify.{table}")
        cursor.execute("SELECT COUNT(*) FROM month_of_songplays")
        ((month_plays,),) = cursor.fetchall()
        for month in range(1, -(-plays // month_plays)):
            cursor.execute(REPEAT, {"month": month})
        for _, definition in indexes:
            cursor.execute(definition)
    _run(home, "VACUUM (ANALYZE, FREEZE)")
    _run(home, "CHECKPOINT")  # or the days would wait for it


def _connect(home: Path) -> psycopg2.extensions.connection:
    return postgres_server.open_session(home, psycopg2.extensions.connection)


def _run(home: Path, statements: str) -> None:
    with closing(_connect(home)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statements)
