"""Habits: what Redshift does where its guide is silent, says two things, or allows several, for the emulated one to do.

Each is another view of the load history in the place of the local warehouse's own, or another function, while the body
of `in_habit` runs. A run must end well under each of them.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from tests.state import plain_connection

FILES = {"stl_load_commits": "curtime", "sys_load_detail": "record_time"}
ERRORS = {"stl_load_errors": "starttime", "sys_load_error_detail": "start_time"}
LATE_S = 1.0


@dataclass(frozen=True)
class Habit:
    """Views that have other rows (`where`, `source`) or other values (`columns`); or messages that are not sent.

    `{time}` stands for the time of a row.
    """

    views: Mapping[str, str]
    where: str = "TRUE"
    source: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    is_silent: bool = False


LATE = f"{{time}} < STATEMENT_TIMESTAMP() AT TIME ZONE 'UTC' - INTERVAL '{LATE_S} s'"
HABITS = {
    "SYS views have identifiers of their own": Habit(
        {**dict.fromkeys(("sys_load_detail", "sys_load_history", "sys_load_error_detail"), "")},
        columns={"query_id": "query_id + 1000000"},
    ),
    "the rows of files come late": Habit(FILES, LATE),
    "load errors come late": Habit(ERRORS, LATE),
    "the rows of files never come": Habit(FILES, "FALSE"),
    "files have lines, not rows": Habit(FILES, columns={"lines_scanned": "lines_scanned * 3"}),
    "files have no number of lines": Habit(FILES, columns={"lines_scanned": "NULL::BIGINT"}),
    "files are told slice by slice": Habit(
        FILES,
        source=" CROSS JOIN (VALUES (0), (1)) AS slices (part)",
        columns={"lines_scanned": "CASE slices.part WHEN 0 THEN lines_scanned - 1 ELSE 1 END"},
    ),
    "COPY says nothing of what it did": Habit({}, is_silent=True),
}
TELL_ROWS = {
    "SYS views have identifiers of their own",
    "the rows of files come late",
    "load errors come late",
    "files are told slice by slice",
    "COPY says nothing of what it did",
}
"""The habits under which the rows of each file are known."""
SILENT = """
    ALTER FUNCTION redshift.raise_info(TEXT) RENAME TO raise_info_aloud;
    CREATE FUNCTION redshift.raise_info(message TEXT) RETURNS VOID LANGUAGE sql AS ''
"""
ALOUD = """
    DROP FUNCTION redshift.raise_info(TEXT);
    ALTER FUNCTION redshift.raise_info_aloud(TEXT) RENAME TO raise_info
"""


@contextmanager
def in_habit(habit: Habit) -> Iterator[None]:
    """Let the local warehouse have a habit while the body runs."""
    _define(*(_other_view(habit, view) for view in habit.views), *([SILENT] if habit.is_silent else []))
    try:
        yield
    finally:
        _define(*(_own_view(view) for view in habit.views), *([ALOUD] if habit.is_silent else []))


def _other_view(habit: Habit, view: str) -> str:
    columns = ", ".join(f"{habit.columns.get(name, chr(34) + name + chr(34))} AS {name}" for name in _columns(view))
    where = habit.where.replace("{time}", f"own.{habit.views[view]}")
    return f"""
        ALTER VIEW redshift.{view} RENAME TO own_{view};
        CREATE VIEW redshift.{view} AS SELECT {columns} FROM redshift.own_{view} AS own{habit.source} WHERE {where}
    """


def _own_view(view: str) -> str:
    return f"DROP VIEW redshift.{view}; ALTER VIEW redshift.own_{view} RENAME TO {view}"


def _columns(view: str) -> list[str]:
    with closing(plain_connection()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::REGCLASS", (f"redshift.{view}",))
        return [name for (name,) in cursor.fetchall()]


def _define(*statements: str) -> None:
    with closing(plain_connection()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET redshift.emulator TO on")
        for statement in statements:
            cursor.execute(statement)
