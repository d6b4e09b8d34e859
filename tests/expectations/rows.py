"""Good rows for all suites, and what tests of suites do with them."""

from collections.abc import Callable
from pathlib import Path

import psycopg2.extensions

from expectations.running.checks import Check
from expectations.running.results import SuiteResult
from expectations.running.run import run_suites
from warehouse import WarehouseConnection

CREATE = Path(__file__).parents[2] / "sql/create"
TABLES = (
    "batches", "users", "artists", "songs", "time", "songplays", "staging_events", "staging_songs", "lake_events",
    "erased_users", "batch_columns",
)  # fmt: skip
ROWS_OF = {table: table for table in TABLES} | {
    "reconciliation_events": "staging_events",
    "reconciliation_songs": "staging_songs",
}
GOOD_ROWS = """
    INSERT INTO batches (batch_id, flow_run_id, flow_run_name, started_at, status)
    VALUES (1, 'id', 'name', '2018-12-01', 'running');

    INSERT INTO staging_events (
        artist, auth, firstname, gender, iteminsession, lastname, length, level, location, method, page, registration,
        sessionid, song, status, ts, useragent, userid
    ) VALUES
    (NULL, 'Logged Out', NULL, NULL, 0, NULL, NULL, 'free', NULL, 'GET', 'Home', NULL,
        1, NULL, 200, '2018-11-30 23:59:58.999', NULL, NULL),
    (NULL, 'Logged In', 'Zoë', 'F', 0, 'O''Brien', NULL, 'free', 'Ames, IA', 'GET', 'Home', 1541000000000,
        2, NULL, 200, '2018-11-30 23:59:59.001', 'agent', 8),
    ('Sol', 'Logged In', 'Zoë', 'F', 1, 'O''Brien', 200.50000, 'free', 'Ames, IA', 'PUT', 'NextSong', 1541000000000,
        2, 'Two', 200, '2018-11-30 23:59:59.796', 'agent', 8),
    ('Una', 'Logged In', 'Zoë', 'F', 2, 'O''Brien', 100.00000, 'paid', 'Ames, IA', 'PUT', 'NextSong', 1541000000000,
        2, 'One', 200, '2018-12-01 00:03:20.500', 'agent', 8);

    INSERT INTO staging_songs (
        num_songs, artist_id, artist_latitude, artist_longitude, artist_location, artist_name, song_id, title, duration,
        year
    ) VALUES
    (1, 'ARAAAAAAAAAAAAAAAA', 42.0, -93.6, 'Ames', 'Sol', 'SOBBBBBBBBBBBBBBBB', 'Two', 200.50000, 0),
    (1, 'ARAAAAAAAAAAAAAAAA', NULL, NULL, '', 'Sol', 'SOCCCCCCCCCCCCCCCC', 'Two', 200.50000, 1999);

    INSERT INTO users VALUES (8, 'Zoë', 'O''Brien', 'F', 'paid', '2018-12-01 00:03:20.500', 2, 2, 1);
    INSERT INTO artists VALUES ('ARAAAAAAAAAAAAAAAA', 'Sol', 'Ames', 42.0, -93.6, 1);
    INSERT INTO songs VALUES
    ('SOBBBBBBBBBBBBBBBB', 'Two', 'ARAAAAAAAAAAAAAAAA', NULL, 200.50000, 'Sol', 1),
    ('SOCCCCCCCCCCCCCCCC', 'Two', 'ARAAAAAAAAAAAAAAAA', 1999, 200.50000, 'Sol', 1);
    INSERT INTO time VALUES
    ('2018-11-30 23:59:59.796', 23, 30, 48, 11, 2018, 5, 1),
    ('2018-12-01 00:03:20.500', 0, 1, 48, 12, 2018, 6, 1);
    INSERT INTO songplays VALUES
    (MD5('2-1'), '2018-11-30 23:59:59.796', 8, 'free', 'SOBBBBBBBBBBBBBBBB', 'ARAAAAAAAAAAAAAAAA', 2, 'Ames, IA',
        'agent', 1, 'Two', 'Sol', 200.50000, 1),
    (MD5('2-2'), '2018-12-01 00:03:20.500', 8, 'paid', NULL, NULL, 2, 'Ames, IA',
        'agent', 2, 'One', 'Una', 100.00000, 1);
"""

Broken = Callable[[str, str], list[str]]
"""Makes a change to the good rows, runs a suite on the whole of its table, and returns what it says is broken."""


def create_tables(connection: WarehouseConnection) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute((CREATE / f"{table}.sql").read_text())


def execute(connection: WarehouseConnection, sql: str) -> None:
    """Execute SQL as PostgreSQL's own: tests alter tables as Redshift could not."""
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute(sql)


def fetch(connection: WarehouseConnection, sql: str) -> list[tuple[object, ...]]:
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def run_on_all(connection: WarehouseConnection, table: str) -> SuiteResult:
    """Run one suite on the whole of its table."""
    [result] = run_suites(connection, [Check(table, f"SELECT * FROM {ROWS_OF[table]}")])
    return result
