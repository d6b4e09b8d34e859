"""What takes too long: its statement ends on the server, nothing is published, and the warehouse is free again."""

import pytest
from prefect import flow

from flows.etl import etl
from tasks.discover.discovery import Manifest
from tasks.publish.publication import publish
from tasks.stage.staging import stage_in_parallel
from tests.flows.lakes import Lake
from tests.state import fetch, read_only, statements_that_wait
from warehouse import open_warehouse

pytestmark = pytest.mark.usefixtures("whole_flows")

LIMIT_S = 8
TIMED_OUT = "timed out after {} s: its statements were cancelled, and nothing was published"


@pytest.mark.slow
def test_a_flow_that_times_out_leaves_no_statement_and_no_lock_behind(lake: Lake) -> None:
    with read_only("songplays"):
        state = etl.with_options(timeout_seconds=LIMIT_S)(events=lake.events, return_state=True)
        assert state.name == "Failed"
        assert state.message in {TIMED_OUT.format(LIMIT_S + late) for late in range(5)}
        assert statements_that_wait() == []
        assert fetch("SELECT status FROM batches") == [("failed",)]
    etl(events=lake.events)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(1,)]


def test_a_task_that_times_out_fails_the_run_at_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "timeout_seconds", 2.0)
    with read_only("songplays"):
        state = etl(events=lake.events, return_state=True)
        assert statements_that_wait() == []
    assert state.name == "Failed"
    assert str(state.message).endswith("s: its statements were cancelled, and nothing was published")
    assert fetch("SELECT COUNT(*) FROM users") == [(0,)]


def test_copies_that_are_out_of_time_end_before_the_warehouse_is_given_up() -> None:
    @flow
    def staging() -> None:
        nothing = [Manifest(dataset, "", ()) for dataset in ("events", "songs")]
        stage_in_parallel(open_warehouse("local"), nothing, timeout_s=1.0)

    with read_only("staging_events"):
        with pytest.raises(TimeoutError):
            staging()
        assert statements_that_wait() == []
