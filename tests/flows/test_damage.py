"""What is lost of a warehouse is told before anything is changed, and the remedy that is told brings it back."""

from functools import partial

import pytest

from flows.audit import audit
from flows.etl import etl
from flows.insights import insights
from flows.provision import provision_warehouse
from flows.reset import reset
from tasks.provision.integrity import LOAD_AGAIN
from tasks.provision.versions import START_AGAIN
from tests.flows.lakes import Lake, read_star
from tests.state import execute, fetch, forget_everything, lost_by

pytestmark = pytest.mark.usefixtures("warehouse")

THERE = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'sparkify' ORDER BY 1"


@pytest.mark.slow
def test_every_flow_tells_what_is_lost_before_it_changes_anything_and_the_remedy_works(lake: Lake) -> None:
    lake.log("2018-11-13", {"sessionId": 2, "level": "premium"}, {"sessionId": 2, "itemInSession": 1})
    load = partial(etl, events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    load()
    star = read_star()
    for damage, lost in LOST.items():
        execute(*damage.split("; "))
        tables = fetch(THERE)
        for flow in (load, audit, insights, provision_warehouse):
            assert lost_by(flow) == f"{lost}: {LOAD_AGAIN}"
        assert fetch(THERE) == tables
        load(full_refresh=True)
        load()
        assert fetch("SELECT status FROM batches ORDER BY batch_id DESC LIMIT 1") == [("nothing new",)]
        assert read_star() == star
        assert fetch("SELECT COUNT(*) FROM quarantine") == [(1,)]


LOST = {
    "DROP TABLE songplays; DROP TABLE loaded_files; DROP TABLE quarantine": (
        "table loaded_files is gone, but batches records 3 rows of batch 1; "
        "table quarantine is gone, but batches records 1 row of batch 1; "
        "table songplays is gone, but batch_tables records 2 rows"
    ),
    "DROP TABLE batches CASCADE": (
        "table batches is gone, but there are rows in lake_events, lake_songs, artists, songs, time, users, songplays"
    ),
    "DROP TABLE lake_events": "table lake_events is gone, but batch_tables records 2 rows",
}


def test_a_lost_column_is_told_and_reset_makes_it_anew(lake: Lake) -> None:
    load = partial(etl, events=lake.events, songs=lake.songs)
    load()
    star = read_star()
    execute("ALTER TABLE batches DROP COLUMN status", "ALTER TABLE songplays DROP COLUMN level")
    for flow in (load, partial(load, full_refresh=True), audit, insights):
        assert lost_by(flow) == f"column batches.status is gone; column songplays.level is gone: {START_AGAIN}"
    reset()
    load()
    assert read_star() == star


@pytest.mark.slow
def test_a_column_that_newer_code_brings_to_an_audit_table_is_added(lake: Lake) -> None:
    etl(events=lake.events)
    execute("ALTER TABLE quarantine DROP COLUMN column_name", "DELETE FROM batch_tables WHERE table_name = 'users'")
    assert lost_by(provision_warehouse) == (
        f"table users holds 1 row, and batch_tables does not record how many rows it held: {LOAD_AGAIN}"
    )
    etl(events=lake.events, full_refresh=True)
    assert fetch("SELECT column_name FROM quarantine") == []
    recorded = "SELECT batch_id, rows_before, rows_added, rows_after FROM batch_tables WHERE table_name = 'users'"
    assert fetch(recorded) == [(2, 0, 1, 1)]


def test_an_audit_of_nothing_says_so() -> None:
    forget_everything()
    assert lost_by(audit) == "the tables are not there, or not complete: run sparkify etl first"
