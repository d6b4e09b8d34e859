"""What the warehouse holds, as a reader sees it who has nothing to do with the run."""

from contextlib import closing
from dataclasses import dataclass

import psycopg2.extensions

from local_redshift import postgres_server
from tests.flows.lakes import STAR_COLUMNS, Star
from warehouse.home import home

LEDGER = "SELECT url, etag, rows_scanned, rows_loaded, rows_quarantined FROM loaded_files ORDER BY 1, 2"
QUARANTINE = """
    SELECT dataset, url, line_number, column_name, reason_code, reason, raw FROM quarantine
    ORDER BY url, line_number, column_name
"""
PUBLISHED = """
    SELECT files, event_rows, song_rows, plays_added_rows, plays_present_rows FROM batches
    WHERE status = 'published' ORDER BY batch_id
"""
BROKEN = {
    "keys": """
        SELECT (SELECT COUNT(*) - COUNT(DISTINCT user_id) FROM users)
            + (SELECT COUNT(*) - COUNT(DISTINCT artist_id) FROM artists)
            + (SELECT COUNT(*) - COUNT(DISTINCT song_id) FROM songs)
            + (SELECT COUNT(*) - COUNT(DISTINCT start_time) FROM time)
            + (SELECT COUNT(*) - COUNT(DISTINCT (session_id, item_in_session)) FROM songplays)
            + (SELECT COUNT(*) - COUNT(DISTINCT (url, etag)) FROM loaded_files)
    """,
    "orphans": """
        SELECT (
            SELECT COUNT(*) FROM songplays AS p
            WHERE p.user_id NOT IN (SELECT user_id FROM users)
                OR p.start_time NOT IN (SELECT start_time FROM time)
                OR (p.song_id IS NOT NULL AND p.song_id NOT IN (SELECT song_id FROM songs))
                OR (p.artist_id IS NOT NULL AND p.artist_id NOT IN (SELECT artist_id FROM artists))
        ) + (SELECT COUNT(*) FROM songs WHERE artist_id NOT IN (SELECT artist_id FROM artists))
    """,
    "stray rows": """
        SELECT COUNT(*) FROM (
            SELECT batch_id FROM users UNION ALL SELECT batch_id FROM artists UNION ALL SELECT batch_id FROM songs
            UNION ALL SELECT batch_id FROM time UNION ALL SELECT batch_id FROM songplays
            UNION ALL SELECT batch_id FROM loaded_files UNION ALL SELECT batch_id FROM quarantine
        ) AS written
        WHERE batch_id NOT IN (SELECT batch_id FROM batches WHERE status = 'published')
    """,
}
"""What must never be seen: a key twice, a reference to nothing, a row of a batch that was not published."""

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Committed:
    """The star and the ledger that belongs to it, and how many rows break an invariant."""

    star: Star
    ledger: Rows
    quarantine: Rows
    published: Rows
    broken: dict[str, int]


def committed() -> Committed | None:
    """Read what is committed, in one snapshot; None where there is no star yet."""
    with closing(postgres_server.open_session(home(), psycopg2.extensions.connection)) as reader:
        reader.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with reader.cursor() as cursor:

            def rows(query: str) -> Rows:
                cursor.execute(query)
                return list(cursor.fetchall())

            cursor.execute("SET search_path TO sparkify")
            if rows("SELECT to_regclass('batches')") == [(None,)]:
                return None
            return Committed(
                star={name: rows(f"SELECT {columns} FROM {name} ORDER BY 1") for name, columns in STAR_COLUMNS.items()},
                ledger=rows(LEDGER),
                quarantine=rows(QUARANTINE),
                published=rows(PUBLISHED),
                broken={name: int(str(rows(query)[0][0])) for name, query in BROKEN.items()},
            )
