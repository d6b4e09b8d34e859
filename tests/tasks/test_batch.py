"""The batches of the runs that hold the warehouse, one after the other."""

import os
import signal
import subprocess
import sys
from asyncio import CancelledError
from datetime import datetime

import pytest
from prefect import flow
from prefect.exceptions import TerminationSignal

from tasks.batch import ABANDONED, Batch, close_batch, exclusive_batch, find_outcome
from tasks.code_version import code_version
from tasks.provision.provisioning import provision
from tests.state import HOLD, execute, fetch, held
from warehouse import CopyError, WarehouseBusy, open_warehouse

pytestmark = pytest.mark.usefixtures("warehouse")

STATUSES = "SELECT batch_id, status FROM batches ORDER BY 1"
RELEASED = "SELECT fencing_number, released_at IS NOT NULL FROM heartbeats ORDER BY 1"


@flow(name="hold")
def hold(patience_s: float = 0.1, fail: BaseException | None = None, take_over: bool = False) -> int:
    """Hold the warehouse for a moment."""
    provision(open_warehouse("local"))
    with exclusive_batch(open_warehouse("local"), patience_s, take_over=take_over) as batch:
        if fail:
            raise fail
        close_batch(open_warehouse("local"), batch, "nothing new")
        return batch.batch_id


def test_batches_are_numbered_in_the_order_of_the_runs() -> None:
    assert [hold(), hold()] == [1, 2]
    assert fetch(STATUSES) == [(1, "nothing new"), (2, "nothing new")]
    assert fetch(RELEASED) == [(1, True), (2, True)]


def test_a_run_that_fails_lets_go_and_its_batch_row_says_so() -> None:
    with pytest.raises(ValueError, match="as told"):
        hold(fail=ValueError("as told"))
    assert hold() == 2
    assert fetch(STATUSES) == [(1, "failed"), (2, "nothing new")]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CopyError("2 files are bad:", "- a.json line 1: 'no\x1b[2J JSON'"), "\n- a.json line 1: 'no\\x1b[2J JSON'"),
        (KeyError("page"), "KeyError: 'page'"),
        (KeyboardInterrupt(), "the run was interrupted"),
        (CancelledError(), "the time limit was reached"),
        (ValueError("\N{EURO SIGN}" * 2000), "\N{EURO SIGN}" * (4096 // 3)),
    ],
)
def test_a_batch_has_its_end_the_reason_of_its_failure_and_the_code_that_ran(error: BaseException, reason: str) -> None:
    with pytest.raises(type(error)):
        hold(fail=error)
    hold()
    [failed, ended] = fetch("SELECT reason, ended_at >= started_at, code_version FROM batches ORDER BY batch_id")
    assert str(failed[0]).endswith(reason)
    assert [failed[1:], ended] == [(True, code_version()), (None, True, code_version())]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(signal.SIGINT), TerminationSignal(signal.SIGTERM)])
def test_an_interrupt_that_became_another_error_is_the_reason(interrupt: BaseException) -> None:
    error = CancelledError()
    error.__context__ = interrupt
    with pytest.raises(CancelledError):
        hold(fail=error)
    assert fetch("SELECT reason FROM batches") == [("the run was interrupted",)]


def test_a_batch_whose_run_died_has_a_reason_and_no_end() -> None:
    hold()
    execute("UPDATE batches SET status = 'running', ended_at = NULL")
    hold()
    assert fetch("SELECT status, reason, ended_at FROM batches WHERE batch_id = 1") == [("abandoned", ABANDONED, None)]


def test_looking_for_the_outcome_of_a_batch_ends_it_not() -> None:
    hold()
    execute("UPDATE batches SET status = 'running', ended_at = NULL")
    assert not find_outcome(open_warehouse("local"), Batch(1, datetime(2018, 11, 1), "file:///work/"))
    assert fetch("SELECT status, ended_at, reason FROM batches") == [("running", None, None)]


def test_a_second_run_says_who_holds_the_warehouse() -> None:
    hold()
    with held(), pytest.raises(WarehouseBusy, match=r"run 'busy-bee', started .* UTC, holds the warehouse.*cancel it"):
        hold()
    assert fetch(STATUSES) == [(1, "nothing new")]


def test_a_run_that_is_told_to_does_not_wait_for_the_one_that_holds_the_warehouse() -> None:
    hold()
    execute("UPDATE batches SET status = 'running'")
    with held():
        assert hold(take_over=True) == 2
    assert fetch(STATUSES) == [(1, "abandoned"), (2, "nothing new")]


HOLD_UNTIL_KILLED = f"""
import time
from warehouse import connect
connection = connect(read_only=False)
with connection, connection.cursor() as cursor:
    cursor.execute("UPDATE batches SET status = 'running'")
    cursor.execute('''{HOLD}''', {{"name": "killed", "session_id": connection.info.backend_pid}})
print("held", flush=True)
time.sleep(600)
"""


def test_a_dead_holder_never_blocks_the_next_run() -> None:
    hold()
    holder = subprocess.Popen([sys.executable, "-c", HOLD_UNTIL_KILLED], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert hold(patience_s=60) == 2
    assert fetch(STATUSES) == [(1, "abandoned"), (2, "nothing new")]
