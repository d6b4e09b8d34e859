"""What a warehouse is asked, on the local one: the answers, under each habit too, and that nothing is left behind."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.local_redshift.conformance.case import read_cases
from tests.redshift_account import probes
from tests.redshift_account.asked import Asked, Session, run
from tests.redshift_account.facts import Cluster, Facts, ask
from tests.redshift_account.probes import PROBES
from tests.redshift_mode.habits import ERRORS, HABITS, NO_ERRORS, OWN_IDS, SAYS_NOTHING, Habit, in_habit, read_recorded
from tests.state import fetch
from tests.variants import often
from warehouse import connect

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROWS = {"after_s": 0.0, "lines_scanned": [3], "objects": 3, "physical_lines": 9}
ERROR = {"after_s": 0.0, "line_numbers": [2]}
LOADED = "INFO:  Load into table 'messages' completed, 1 record(s) loaded successfully."
REFUSED = (
    "INFO:  Load into table 'messages' completed, 1 record(s) could not be loaded.  "
    "Check 'stl_load_errors' system table for details."
)
DEPENDS = "2BP01: cannot drop table {} because other objects depend on it"
LOCAL: Facts = {
    "version": {"refused": "VERSION() is not among Redshift's functions that the local warehouse knows "
                           "(line 1, column 1: SELECT VERSION())"},
    "last_copy_id": {
        "is_updated_by_a_copy_rolled_back": True,
        "is_updated_by_a_copy_that_failed": True,
        "failure": "XX000: Load into table 'copied' failed.  Check 'stl_load_errors' system table for details.",
    },
    "sys_query_id": {"is_that_of_pg_last_copy_id": True},
    "stl_load_commits": ROWS,
    "sys_load_detail": ROWS,
    "stl_load_errors": ERROR,
    "sys_load_error_detail": ERROR,
    "copy_messages": [LOADED, REFUSED],
    "lock_wait": {
        "is_ended_by_statement_timeout": True,
        "outcome": "57014: canceling statement due to statement timeout",
    },
    "drop": {"viewed": DEPENDS.format("viewed"), "referred": DEPENDS.format("referred")},
    "distribution": dict.fromkeys(("all", "key", "even", "auto")),
    "conflicts": dict.fromkeys(("update", "merge", "truncate", "read"), "done"),
    "declared_keys": {"distinct_rows": 1, "joined_rows": 2},
    "cases": {},
}  # fmt: skip
LATE = {"the rows of files come late": "stl_load_commits", "load errors come late": "sys_load_error_detail"}
"""Habits of what has not come at the first look, but at the next, and the view that is asked about each."""


@pytest.fixture
def cluster(s3: "S3Client") -> Iterator[Cluster]:
    """The local warehouse where a cluster would be; what was done to it, and to the bucket, is gone in the end."""
    schemas = "SELECT nspname FROM pg_namespace ORDER BY nspname"
    before = fetch(schemas)
    yield Cluster(partial(connect, read_only=False), s3, "s3://lake/facts", "IAM_ROLE default")
    assert fetch(schemas) == before
    assert s3.list_objects_v2(Bucket="lake")["KeyCount"] == 0


def _recorded(facts: Facts, folder: Path) -> dict[str, Habit]:
    """Write facts as a cluster's are written, and read the habits that they show."""
    (folder / "cluster.json").write_text(json.dumps(facts))
    return read_recorded(folder)["cluster"]


def test_the_local_warehouse_does_as_documented_and_has_no_habit(cluster: Cluster, tmp_path: Path) -> None:
    facts = ask(cluster, 0.0)
    assert facts == LOCAL
    assert _recorded(facts, tmp_path) == {}


@pytest.mark.parametrize("name", often([*(name for name in HABITS if name not in LATE), NO_ERRORS], 2))
def test_each_habit_is_told_by_what_is_found(cluster: Cluster, name: str, tmp_path: Path) -> None:
    habit = HABITS.get(name, Habit(ERRORS, "FALSE"))
    asked = ("sys_query_id", "copy_messages") if name in (OWN_IDS, SAYS_NOTHING) else habit.views
    with in_habit(habit):
        facts = ask(cluster, 0.0, {view: PROBES[view] for view in asked})
    assert _recorded({**LOCAL, **facts}, tmp_path) == {name: habit}


@pytest.mark.parametrize(("name", "view"), LATE.items(), ids=LATE)
def test_what_comes_late_is_told_of_the_view_that_it_comes_late_in(
    cluster: Cluster, name: str, view: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as before:
        before.enter_context(in_habit(Habit({view: ""}, "FALSE")))
        monkeypatch.setattr("tests.redshift_account.asked.sleep", lambda _: before.close())
        facts = ask(cluster, 60.0, {view: PROBES[view]})
    shown = replace(HABITS[name], views={view: HABITS[name].views[view]})
    assert _recorded({**LOCAL, **facts}, tmp_path) == {name: shown}


def test_habits_are_told_together_and_of_the_view_that_has_them(cluster: Cluster, tmp_path: Path) -> None:
    asked = ("stl_load_commits", "sys_load_detail", "sys_query_id", "copy_messages")
    with ExitStack() as active:
        for name in (OWN_IDS, "files have lines, not rows", "files are told slice by slice", SAYS_NOTHING):
            of_sys = {view: time for view, time in HABITS[name].views.items() if view != "stl_load_commits"}
            active.enter_context(in_habit(replace(HABITS[name], views=of_sys)))
        facts = ask(cluster, 0.0, {name: PROBES[name] for name in asked})
    assert facts["stl_load_commits"] == ROWS
    assert facts["sys_load_detail"] == {**ROWS, "lines_scanned": [8, 1]}
    shown = _recorded(facts, tmp_path)
    assert {name: {*habit.views} for name, habit in shown.items()} == {
        OWN_IDS: {"sys_load_detail", "sys_load_history", "sys_load_error_detail"},
        "files have lines, not rows": {"sys_load_detail"},
        "files are told slice by slice": {"sys_load_detail"},
        SAYS_NOTHING: set(),
    }


def _refused_by_s3(asked: Asked) -> object:
    user, lake = "arn:aws:iam::123456789012:user/jane", "arn:aws:s3:::lake/facts/1.json"
    message = f'User: {user} may not s3:PutObject on resource: "{lake}" of lake.s3.eu-west-1.amazonaws.com, 10.0.0.1'
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, "PutObject")


def _refused_by_the_warehouse(asked: Asked) -> object:
    with asked.session() as session:
        asked.copy(session, "refused", "{}", "GZIP")
    return None


def _interrupted(asked: Asked) -> object:
    with asked.session() as session:
        asked.copy(session, "interrupted", "{}")
        session.commit()
        raise KeyboardInterrupt


def test_a_refusal_is_an_answer_without_names_and_the_other_questions_are_asked(cluster: Cluster) -> None:
    cut_off = "Compressed file ended before the end-of-stream marker was reached"
    asked = {"s3": _refused_by_s3, "copy": _refused_by_the_warehouse, "copy_messages": PROBES["copy_messages"]}
    assert ask(cluster, 0.0, asked) == {
        "s3": {
            "refused": "An error occurred (AccessDenied) when calling the PutObject operation: User: <name> may not "
            's3:PutObject on resource: "<name>" of <name> <name>'
        },
        "copy": {"refused": f"XX000: <name> cannot be read as GZIP: {cut_off}"},
        "copy_messages": [LOADED, REFUSED],
        "cases": {},
    }


def test_a_wait_for_a_lock_that_no_timeout_ends_ends_with_the_lock(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_without_timeout(session: Session, statement: str) -> None:
        if not statement.startswith("SET statement_timeout"):
            run(session, statement)

    monkeypatch.setattr(probes, "run", run_without_timeout)
    monkeypatch.setattr(probes, "RELEASE_S", 0.2)
    waited = {"is_ended_by_statement_timeout": False, "outcome": "done"}
    assert ask(cluster, 0.0, {"lock_wait": probes.lock_wait}) == {"lock_wait": waited, "cases": {}}


def test_nothing_is_left_where_the_questions_are_interrupted(cluster: Cluster) -> None:
    with pytest.raises(KeyboardInterrupt):
        ask(cluster, 0.0, {"interrupted": _interrupted})


def test_a_case_that_ends_otherwise_is_written_down_as_it_ended(cluster: Cluster) -> None:
    [case] = [case for case in read_cases() if case.name == "true as text"]
    other = replace(case, name="true as a number", rows=[["1"]])
    assert ask(cluster, 0.0, {}, [case, other]) == {
        "cases": {
            "true as text": "as expected",
            "true as a number": {"failure": None, "rows": [["true"]], "errors": []},
        }
    }
