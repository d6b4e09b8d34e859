"""One new day on longer and longer histories: what it costs must not depend on what has been loaded before.

The histories are made from one loaded month, which PostgreSQL repeats further and further back in time: with their
own keys, a batch a day, indexes and statistics in order. Each has a warehouse of its own, and all get the same days in
turns. Where there is to be no history, each day is taken back before the next.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2.extensions

from local_redshift import postgres_server
from tests.benchmarks.figures import Figure, Measured, Scale, figure
from tests.benchmarks.lake import make_lake, urls
from tests.benchmarks.process import in_process

GROWING = ["lake_events", "time", "songplays"]
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'sparkify' AND tablename = ANY(%s)
"""
EVENT_COLUMNS = """
    artist, auth, firstname, gender, iteminsession, lastname, length, level, location, method, page, registration,
    song, status, useragent, userid
"""
REPEAT = f"""
    INSERT INTO sparkify.lake_events ({EVENT_COLUMNS}, sessionid, ts, batch_id)
    SELECT
        {EVENT_COLUMNS}, sessionid + %(month)s * 10000000, ts - %(month)s * INTERVAL '31 days',
        1 + (%(month)s * 31 + DATE_PART('day', ts))
    FROM month_of_lake_events
    ORDER BY ts;

    INSERT INTO sparkify.time
    SELECT
        moment, DATE_PART('hour', moment), DATE_PART('day', moment), DATE_PART('week', moment),
        DATE_PART('month', moment), DATE_PART('year', moment), DATE_PART('dow', moment),
        1 + (%(month)s * 31 + DATE_PART('day', moment))
    FROM (SELECT start_time - %(month)s * INTERVAL '31 days' AS moment FROM month_of_time) AS earlier
    ORDER BY moment;

    INSERT INTO sparkify.songplays
    SELECT
        MD5(session_id + %(month)s * 10000000 || '-' || item_in_session), start_time - %(month)s * INTERVAL '31 days',
        user_id, level, song_id, artist_id, session_id + %(month)s * 10000000, location, user_agent, item_in_session,
        song_title, artist_name, song_duration, 1 + (%(month)s * 31 + DATE_PART('day', start_time))
    FROM month_of_songplays
    ORDER BY start_time;
"""
RECORD = """
    INSERT INTO sparkify.batches (batch_id, flow_run_id, flow_run_name, started_at, status)
    VALUES (1000000, 'none', 'the last of what was repeated', LOCALTIMESTAMP, 'failed');

    INSERT INTO sparkify.loaded_files (
        url, etag, size_bytes, last_modified, dataset, batch_id, rows_scanned, rows_loaded, rows_quarantined,
        is_current, rows_erased
    )
    SELECT
        'file:///repeated/' || batch_id, 'none', 0, LOCALTIMESTAMP, 'events', batch_id, COUNT(*), COUNT(*), 0, TRUE, 0
    FROM sparkify.lake_events
    WHERE batch_id > 1
    GROUP BY batch_id;
"""
"""The ledger of what was repeated: batches to come have greater numbers."""
RECORD_ROWS = """
    UPDATE sparkify.batch_tables SET rows_after = (SELECT COUNT(*) FROM sparkify.{table}) WHERE table_name = '{table}'
"""


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Load day after day on a history of none, of as many plays as the scale has events, and of ten times as many."""
    make_lake(folder / "lake", scale.events)
    put_aside = take_last_days(folder, scale.rounds)
    histories = {plays: folder / f"home-{plays}" for plays in (0, scale.events, scale.events * 10)}
    for plays, home in histories.items():
        if plays:
            in_process("flow", *urls(folder / "lake"), home=home)
            repeat_month(home, plays)
        else:
            in_process("flow", "--songs", f"{folder}/lake/song_data", home=home)
    runs: dict[int, list[Measured]] = {plays: [] for plays in histories}
    for day in put_back(folder, put_aside):
        for plays, home in histories.items():
            runs[plays].append(in_process("flow", "--events", str(day), home=home))
        in_process("change", "retract", home=histories[0])
    for plays in (scale.events, scale.events * 10):
        case = f"one new day after {plays:,} plays"
        note = f"about {scale.events // 30:,} events"
        yield figure(case, runs[plays], "the same day after none", runs[0], ratio_limit=1.2, note=note)


def take_last_days(folder: Path, days: int) -> list[Path]:
    """Put the last days of the lake of a folder aside, so that its first load does not find them."""
    return [day.rename(folder / day.name) for day in sorted((folder / "lake/log_data").rglob("*.json"))[-days:]]


def put_back(folder: Path, put_aside: Iterable[Path]) -> list[Path]:
    """Put days into the lake again, all others being loaded; each is loaded by its own name."""
    return [day.rename(folder / "lake/log_data" / day.name) for day in put_aside]


def repeat_month(home: Path, plays: int) -> None:
    """Repeat the loaded month until there are as many plays; indexes are made again when all rows are there.

    The audit tables have them too, so that an audit finds nothing.
    """
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
        cursor.execute(RECORD)
        for table in GROWING:
            cursor.execute(RECORD_ROWS.format(table=table))
    _run(home, "VACUUM (ANALYZE, FREEZE)")
    _run(home, "CHECKPOINT")  # or the days would wait for it


def _connect(home: Path) -> psycopg2.extensions.connection:
    return postgres_server.open_session(home, psycopg2.extensions.connection)


def _run(home: Path, statements: str) -> None:
    with closing(_connect(home)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statements)
