"""Write what a COPY did to the system tables, on a connection of its own: it outlives a rollback of the COPY.

They keep it as long as Redshift does, and no longer (Redshift guide, c_intro_STL_tables: seven days at most).
"""

import csv
import io
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg2.extensions

from client.limits import DAYS_KEPT
from lake.values import storable
from local_redshift.copy.convert.rows import RepairedRow, RowError

_RAW_BYTES = 1024  # what raw_line and raw_field_value hold
_NAME_BYTES = 256  # what filename and file_name hold
_BATCH_ROWS = 1000
_OFTEN_S = 1.0
_MOST_REPAIRS = 100  # r_STL_REPLACEMENTS: per slice, and this warehouse is one

_FORGET = """
    WITH old AS (
        DELETE FROM redshift._loads
        WHERE query_id IN (SELECT query_id FROM redshift._loads WHERE start_time < %s FOR UPDATE SKIP LOCKED)
        RETURNING query_id
    ),
    files AS (DELETE FROM redshift._load_files WHERE query_id IN (SELECT query_id FROM old)),
    errors AS (DELETE FROM redshift._load_errors WHERE query_id IN (SELECT query_id FROM old))
    DELETE FROM redshift._load_repairs WHERE query_id IN (SELECT query_id FROM old)
"""  # whoever locks a load deletes all of it, so that two COPYs do not wait for each other
_START = """
    INSERT INTO redshift._loads (
        query_id, user_id, transaction_id, session_id, database_name, status, table_id, table_name, start_time,
        data_source, source_file_count, source_file_bytes
    )
    SELECT
        nextval('redshift._query_ids'), usesysid::integer, %s, %s, current_database(), 'running', %s, %s, %s,
        %s, %s, %s
    FROM pg_user
    WHERE usename = %s
    RETURNING query_id
"""
_FINISH = """
    UPDATE redshift._loads
    SET status = %s, end_time = %s, loaded_rows = %s, loaded_bytes = %s, error_count = %s
    WHERE query_id = %s
"""
_FILES = "COPY redshift._load_files FROM STDIN WITH (FORMAT csv)"
_ERRORS = "COPY redshift._load_errors FROM STDIN WITH (FORMAT csv)"
_REPAIRS = "INSERT INTO redshift._load_repairs VALUES (%s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class LoadStart:
    """What is known of a COPY when it begins to load."""

    transaction_id: int
    session_id: int
    table_id: int
    table_name: str
    started: datetime
    data_source: str
    source_file_count: int
    source_file_bytes: int
    user: str


class FileRead(NamedTuple):
    """How much of a file was read; `lines` counts rows, those that were rejected too."""

    url: str
    lines: int
    errors: int
    size_bytes: int
    started: datetime
    ended: datetime


class LoadLog:
    """The rows of one COPY in the system tables."""

    def __init__(self, connection: psycopg2.extensions.connection, start: LoadStart) -> None:
        self._cursor = connection.cursor(cursor_factory=psycopg2.extensions.cursor)
        self._cursor.execute("SET synchronous_commit = off")  # a log need not survive a crash of the server
        forget_loads(self._cursor, start.started - timedelta(days=DAYS_KEPT))  # as the emulator, as all that follows
        self._cursor.execute(_START, astuple(start))
        (self.query_id,) = self._cursor.fetchone() or (0,)
        self._files: list[tuple[object, ...]] = []
        self._errors: list[tuple[object, ...]] = []
        self._repairs = 0
        self._flushed_at = time.monotonic()

    def add_error(self, url: str, error: RowError) -> None:
        """Log one rejected document."""
        column = error.column
        of_column = (column.name, column.type_name, column.length_text) if column else ("", "", "")
        raw = (storable(error.raw, _RAW_BYTES), storable(error.raw_value, _RAW_BYTES))
        reason = storable(error.reason, _RAW_BYTES)
        name = storable(url, _NAME_BYTES)
        self._errors.append((self.query_id, name, error.line_number, *of_column, *raw, error.code, reason))
        if len(self._errors) >= _BATCH_ROWS:
            self._flush()

    def add_repair(self, url: str, row: RepairedRow) -> None:
        """Log one row in which characters were replaced, if it is among the first."""
        self._repairs += 1
        if self._repairs <= _MOST_REPAIRS:
            raw = storable(row.raw, _RAW_BYTES)
            name = storable(url, _NAME_BYTES)
            self._cursor.execute(_REPAIRS, (self.query_id, name, row.line_number, row.column.name, raw))

    def add_file(self, file: FileRead) -> None:
        """Log one file that was read, soon: somebody may watch how far the COPY is."""
        self._files.append((self.query_id, *file._replace(url=storable(file.url, _NAME_BYTES))))
        if len(self._files) >= _BATCH_ROWS or time.monotonic() - self._flushed_at >= _OFTEN_S:
            self._flush()

    def finish(self, status: str, loaded_rows: int, loaded_bytes: int, errors: int) -> None:
        """Log the end of the COPY: completed or aborted."""
        self._flush()
        self._cursor.execute(_FINISH, (status, now(), loaded_rows, loaded_bytes, errors, self.query_id))

    def _flush(self) -> None:
        for statement, rows in ((_ERRORS, self._errors), (_FILES, self._files)):
            if rows:
                self._cursor.copy_expert(statement, _as_csv(rows))
        self._errors, self._files, self._flushed_at = [], [], time.monotonic()


def forget_loads(cursor: psycopg2.extensions.cursor, before: datetime) -> None:
    """Delete what the system tables keep of every COPY that began before this time (UTC, without a zone)."""
    cursor.execute("SET redshift.emulator TO on")  # nobody else may write to the system tables
    cursor.execute(_FORGET, (before,))


def _as_csv(rows: Sequence[tuple[object, ...]]) -> io.StringIO:
    """Return rows as a file that PostgreSQL reads; quoted, since an empty text would be NULL."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    text.seek(0)
    return text


def now() -> datetime:
    """Return the time as system tables have it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)
