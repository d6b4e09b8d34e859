"""What the loads read of a large star for a small batch: what it touches, and of users and songs, at most the whole."""

from datetime import datetime
from typing import Any

import pytest

import sql
from sql.datasets import DATASETS
from sql.tables import KEPT, STAR, TABLES, lake_names
from tasks.publish.loading import NO_BATCH, Arrival
from tests.expectations.rows import execute, fetch
from warehouse import WarehouseConnection

DAYS, PLAYS_PER_DAY = 100, 200
HISTORY = f"""
    INSERT INTO batches (batch_id, flow_run_id, flow_run_name, started_at, status)
    SELECT day, 'id', 'name', '2018-01-01', 'published' FROM GENERATE_SERIES(1, {DAYS + 1}) AS day;
    INSERT INTO users
    SELECT id, 'Zoë', 'O', 'F', 'free', '2018-01-01', 1, 1, 1 FROM GENERATE_SERIES(1, 5000) AS id;
    INSERT INTO artists SELECT 'AR' || id, 'A' || id, NULL, NULL, NULL, 1 FROM GENERATE_SERIES(1, 5000) AS id;
    INSERT INTO songs
    SELECT 'SO' || id, 'S' || id, 'AR' || id, NULL, 100, 'A' || id, 1 FROM GENERATE_SERIES(1, 5000) AS id;
    INSERT INTO lake_events (artist, auth, iteminsession, length, level, page, sessionid, song, ts, userid, batch_id)
    SELECT
        'A' || play, 'Logged In', play, 100, 'free', 'NextSong', day, 'S' || play,
        TIMESTAMP '2018-01-01' + day * INTERVAL '1 day' + play * INTERVAL '1 minute', play, day
    FROM GENERATE_SERIES(1, {DAYS}) AS day, GENERATE_SERIES(1, {PLAYS_PER_DAY}) AS play;
    INSERT INTO time SELECT DISTINCT ts, 0, 1, 1, 1, 2018, 0, batch_id FROM lake_events;
    INSERT INTO songplays
    SELECT MD5(sessionid || '-' || iteminsession), ts, userid, level, 'SO' || iteminsession, 'AR' || iteminsession,
        sessionid, NULL, NULL, iteminsession, song, artist, length, batch_id
    FROM lake_events
"""
DAY = f"""
    INSERT INTO lake_events (artist, auth, iteminsession, length, level, page, sessionid, song, ts, userid, batch_id)
    SELECT
        'A' || play, 'Logged In', play, 100, 'free', 'NextSong', {DAYS + 1}, 'S' || play,
        TIMESTAMP '2018-01-01' + {DAYS + 1} * INTERVAL '1 day' + play * INTERVAL '1 minute', play, {DAYS + 1}
    FROM GENERATE_SERIES(1, 10) AS play
"""
READ = "SELECT relname, seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relid = ANY({})"


@pytest.fixture
def large_star(connection: WarehouseConnection) -> WarehouseConnection:
    """A star of a hundred days, and the events of another one in the lake tables."""
    with connection, connection.cursor() as cursor:
        for table in TABLES:
            sql.run(cursor, f"create/{table}")
    with connection:
        execute(connection, HISTORY)
        for table in KEPT:
            execute(connection, f"SELECT redshift.build_indexes('{table}')")
        execute(connection, DAY)
    with connection:
        execute(connection, "; ".join(f"ANALYZE {table}" for table in KEPT))
    return connection


def rows_read(connection: WarehouseConnection) -> dict[str, int]:
    """Return how many rows of each table of the star this session has read since the server has told others."""
    own = "ARRAY[" + ", ".join(f"'{table}'::REGCLASS" for table in STAR) + "]::OID[]"
    return {str(table): int(str(rows)) for table, rows in fetch(connection, READ.format(own))}


def test_a_day_reads_what_it_touches_of_a_large_star(large_star: WarehouseConnection) -> None:
    with large_star.cursor() as cursor:
        for dataset in DATASETS.values():
            sql.run_at_once(cursor, "leave/lake", lake_names(dataset), batch_ids=(NO_BATCH,))
        [found, *_] = sql.fetch_named(cursor, "inspect/batch_rows", from_batch_id=DAYS + 1)
        arrival = Arrival(DAYS + 1, found["first_moment"], found["last_moment"])
        counts: dict[str, Any] = {}
        before = rows_read(large_star)
        for table in STAR:
            [counts[table]] = sql.fetch_at_once(cursor, f"load/{table}", batch_id=DAYS + 1, **vars(arrival))
        read = {table: rows - before[table] for table, rows in rows_read(large_star).items()}
    assert (arrival.first_moment, arrival.last_moment) == (datetime(2018, 4, 12, 0, 1), datetime(2018, 4, 12, 0, 10))
    assert [counts[table]["rows_added"] for table in ("time", "songplays")] == [10, 10]
    assert {table: read[table] for table in ("artists", "time", "songplays") if read[table] > 10 * PLAYS_PER_DAY} == {}
    assert {table: read[table] for table in ("users", "songs") if read[table] > 3 * 5000} == {}
    large_star.rollback()
