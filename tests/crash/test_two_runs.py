"""Two runs at once on one warehouse, in two processes that start together: one loads, the other waits for it."""

from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from tests.crash.conftest import run_flow
from tests.crash.processes import PROCESSES
from tests.flows.lakes import Lake
from tests.state import fetch

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("whole_flows")]

TIMES = 10


def run_when_both_are_ready(api: str, lake: Lake, start: Barrier, channel: Connection) -> None:
    """Run the flow as often as there is a file for it, and send back what it said."""
    for _ in range(TIMES):
        channel.recv()
        start.wait(120)
        channel.send(run_flow(api, lake))


def test_two_runs_at_once_load_each_file_once_ten_times(prefect_server: str, tmp_path: Path) -> None:
    lake, start = Lake(tmp_path / "lake"), PROCESSES.Barrier(2)
    lake.song("TRA", {})
    ours, theirs = zip(*(PROCESSES.Pipe() for _ in range(2)), strict=True)
    runs = [
        PROCESSES.Process(target=run_when_both_are_ready, args=(prefect_server, lake, start, end)) for end in theirs
    ]
    for run, end in zip(runs, theirs, strict=True):
        run.start()
        end.close()
    for batch in range(TIMES):
        lake.log(f"2018-11-{batch + 1:02}", {"sessionId": batch})
        for channel in ours:
            channel.send("go")
        loaded, nothing_new = sorted(channel.recv() for channel in ours)
        assert loaded.startswith("Batch ")
        assert nothing_new.startswith("nothing new")
    for run in runs:
        run.join()
    assert fetch("SELECT COUNT(*), COUNT(DISTINCT url), COUNT(DISTINCT batch_id) FROM loaded_files") == [(11, 11, 10)]
    assert fetch("SELECT COUNT(*), COUNT(DISTINCT session_id) FROM songplays") == [(TIMES, TIMES)]
    assert fetch("SELECT status, COUNT(*) FROM batches GROUP BY 1 ORDER BY 1") == [
        ("nothing new", TIMES),
        ("published", TIMES),
    ]
