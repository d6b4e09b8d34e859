"""Habits: what Redshift does where its guide is silent, says two things, or allows several, for the emulated one to do.

Each is another view of the load history in the place of the local warehouse's own, or another function, while the body
of `in_habit` runs; one within another changes what the outer one shows. A run must end well under each of them. What a
real warehouse was found to do (tests/redshift_account/facts.py) is read as its habits.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from tasks.stage import counting
from tests.state import plain_connection

FILES = {"stl_load_commits": "curtime", "sys_load_detail": "record_time"}
ERRORS = {"stl_load_errors": "starttime", "sys_load_error_detail": "start_time"}
LATE_S = 1.0
RECORDED = Path(__file__).with_name("recorded")
"""What real warehouses were found to do, a file each."""


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
OWN_IDS, SAYS_NOTHING = "SYS views have identifiers of their own", "COPY says nothing of what it did"
HABITS = {
    OWN_IDS: Habit(
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
    SAYS_NOTHING: Habit({}, is_silent=True),
}
TELL_ROWS = {
    OWN_IDS,
    "the rows of files come late",
    "load errors come late",
    "files are told slice by slice",
    SAYS_NOTHING,
}
"""The habits under which the rows of each file are known."""
NO_ERRORS = "load errors never come"
"""A habit under which bad lines have no evidence, so that no run can quarantine them."""
IN_TIME_S = sum(counting.PAUSES_S)
"""How long a run waits for the rows of files."""
SHOWN: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "the rows of files come late": lambda found: 0 < (found["after_s"] or 0) <= IN_TIME_S,
    "load errors come late": lambda found: bool(found["after_s"]),
    NO_ERRORS: lambda found: found["after_s"] is None,
    "the rows of files never come": lambda found: found["after_s"] is None or found["after_s"] > IN_TIME_S,
    "files have lines, not rows": lambda found: _total(found) not in (None, found["objects"]),
    "files have no number of lines": lambda found: None in found["lines_scanned"],
    "files are told slice by slice": lambda found: len(found["lines_scanned"]) > 1,
}
"""What shows a habit in what was found of one of its views."""
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
    own = {view: f"own_{uuid4().hex}_{view}" for view in habit.views}
    _define(*(_other_view(habit, view, own[view]) for view in own), *([SILENT] if habit.is_silent else []))
    try:
        yield
    finally:
        _define(*(_own_view(view, own[view]) for view in own), *([ALOUD] if habit.is_silent else []))


def recorded(facts: Mapping[str, Any]) -> dict[str, Habit]:
    """Return the habits that a warehouse has shown, by name; each is of the views that it was seen in alone."""
    known = {**HABITS, NO_ERRORS: Habit(ERRORS, "FALSE")}
    found = {name: [view for view in known[name].views if _shows(facts.get(view), name)] for name in SHOWN}
    habits = {
        name: replace(known[name], views={view: known[name].views[view] for view in views})
        for name, views in found.items()
        if views
    }
    if facts.get("sys_query_id", {}).get("is_that_of_pg_last_copy_id") is False:
        habits[OWN_IDS] = HABITS[OWN_IDS]
    messages = facts.get("copy_messages")
    if isinstance(messages, list) and "loaded successfully" not in "".join(messages):
        habits[SAYS_NOTHING] = HABITS[SAYS_NOTHING]
    return habits


def _total(found: Mapping[str, Any]) -> int | None:
    """Return the lines of a file, in however many rows they are told; None where any is unknown."""
    lines = found["lines_scanned"]
    return sum(lines) if lines and None not in lines else None


def _shows(found: Mapping[str, Any] | None, name: str) -> bool:
    """Tell whether what was found of a view shows a habit; a view that was refused, or not asked, shows none."""
    return found is not None and "after_s" in found and SHOWN[name](found)


def read_recorded(folder: Path = RECORDED) -> dict[str, dict[str, Habit]]:
    """Read the habits of each warehouse that was asked, by the name of its file."""
    return {path.stem: recorded(json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))}


def _other_view(habit: Habit, view: str, own: str) -> str:
    columns = ", ".join(f"{habit.columns.get(name, chr(34) + name + chr(34))} AS {name}" for name in _columns(view))
    where = habit.where.replace("{time}", f"own.{habit.views[view]}")
    return f"""
        ALTER VIEW redshift.{view} RENAME TO {own};
        CREATE VIEW redshift.{view} AS SELECT {columns} FROM redshift.{own} AS own{habit.source} WHERE {where}
    """


def _own_view(view: str, own: str) -> str:
    return f"DROP VIEW redshift.{view}; ALTER VIEW redshift.{own} RENAME TO {view}"


def _columns(view: str) -> list[str]:
    with closing(plain_connection()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::REGCLASS", (f"redshift.{view}",))
        return [name for (name,) in cursor.fetchall()]


def _define(*statements: str) -> None:
    with closing(plain_connection()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET redshift.emulator TO on")
        for statement in statements:
            cursor.execute(statement)
