"""A backlog is loaded as batches in order of time, each published by itself."""

from contextlib import AbstractContextManager

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact

from expectations.running.results import ExpectationsFailed
from flows.audit import audit
from flows.etl import etl
from tasks.lease import hold
from tests.flows.lakes import Lake, read_star
from tests.state import fetch, forget_everything
from warehouse import Warehouse

pytestmark = pytest.mark.usefixtures("warehouse")

PUBLISHED = "SELECT batch_id, event_rows, song_rows FROM batches WHERE status = 'published' ORDER BY batch_id"
STATUS = "SELECT batch_id, status FROM batches ORDER BY 1"
FILES = "SELECT batch_id, dataset, RIGHT(url, 22) FROM loaded_files WHERE is_current ORDER BY batch_id, url"


@pytest.fixture
def backlog(lake: Lake) -> Lake:
    """A lake of four days and two songs."""
    lake.song("TRAAAAW128F429D539", {"song_id": "SOZZZZZ12A8C13C480", "title": "Another"})
    for day in (15, 13, 14):
        lake.log(f"2018-11-{day}", {"itemInSession": day, "level": "paid"})
    return lake


@pytest.mark.slow
def test_a_backlog_is_published_batch_by_batch_songs_first_then_days_in_order(backlog: Lake) -> None:
    backlog.log("2018-11-15", {"itemInSession": 15, "level": "paid"}, {"level": "paid"})
    summary = etl(events=backlog.events, songs=backlog.songs, batch_files=3)
    assert fetch(PUBLISHED) == [(1, 1, 2), (2, 4, 0)]
    assert [str(url)[:10] for batch, dataset, url in fetch(FILES) if dataset == "events"] == [
        "2018-11-12", "2018-11-13", "2018-11-14", "2018-11-15",
    ]  # fmt: skip
    assert len(summary.earlier) == 1
    assert summary.earlier[0].startswith("Batch 1: 1 events, 2 songs loaded")
    assert summary.earlier[0] in summary.markdown()
    assert (
        "\nRows, summed over 2 batches: a row counts in each that added, changed or removed it:\n" in summary.markdown()
    )
    assert [each.counts for each in summary.tables if each.table == "songplays"] == [
        {"before": 0, "added": 4, "changed": 1, "removed": 0, "after": 4}
    ]
    star = read_star()
    audit()
    assert etl(batch_files=3).headline.startswith("nothing new")
    forget_everything()
    etl(events=backlog.events, songs=backlog.songs)
    assert fetch(PUBLISHED) == [(1, 5, 2)]
    assert read_star() == star


def test_a_failure_in_the_third_of_five_batches_keeps_two_and_the_next_run_goes_on(backlog: Lake) -> None:
    for day in (16, 17, 18):
        backlog.log(f"2018-11-{day}", {"itemInSession": day, "level": "paid"})
    backlog.log("2018-11-15", {"itemInSession": 15, "level": "gold"})
    with pytest.raises(ExpectationsFailed) as failure:
        etl(events=backlog.events, songs=backlog.songs, batch_files=2)
    assert failure.value.__notes__ == ["batches 1, 2 are published, and 5 files are left for the next run"]
    assert fetch(STATUS) == [(1, "published"), (2, "published"), (3, "failed")]
    artifact = Artifact.get("sparkify-etl-summary")
    assert isinstance(artifact, StoredArtifact)
    assert "\n5 files are left for further batches of this run, or else for the next run\n" in str(artifact.data)
    assert fetch("SELECT item_in_session FROM songplays ORDER BY 1") == [(0,), (13,)]
    backlog.log("2018-11-15", {"itemInSession": 15, "level": "paid"})
    summary = etl(batch_files=2)
    assert [len(summary.earlier), summary.files_left] == [2, 0]
    assert fetch(PUBLISHED)[2:] == [(4, 2, 0), (5, 2, 0), (6, 1, 0)]
    assert fetch("SELECT COUNT(*) FROM songplays") == [(7,)]
    audit()


@pytest.mark.slow
def test_the_files_of_a_batch_that_is_replaced_stay_together_whatever_the_limit(backlog: Lake) -> None:
    etl(events=backlog.events, songs=backlog.songs)
    backlog.log("2018-11-13", {"itemInSession": 13, "level": "free"})
    backlog.log("2018-11-16", {"itemInSession": 16})
    summary = etl(batch_files=1)
    assert fetch(PUBLISHED)[1:] == [(2, 4, 0), (3, 1, 0)]
    assert len(summary.earlier) == 1
    audit()


@pytest.mark.slow
def test_a_dry_run_and_a_full_refresh_are_not_divided(backlog: Lake) -> None:
    preview = etl(events=backlog.events, songs=backlog.songs, batch_files=3, dry_run=True, quarantine_budget=0.1)
    assert preview.headline.startswith(
        "Batch 1: a dry run, of which nothing was published; the run itself would publish 2 batches, one after the "
        "other, each within the quarantine budget by itself; "
    )
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]
    done = etl(events=backlog.events, songs=backlog.songs, batch_files=3)
    assert [each.rows_after for each in done.tables] == [each.rows_after for each in preview.tables]
    assert etl(batch_files=1, full_refresh=True).earlier == ()
    assert fetch(PUBLISHED)[2:] == [(4, 4, 2)]


def test_a_run_takes_the_warehouse_over_once_and_not_from_who_came_between_its_batches(
    backlog: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[bool] = []

    def hold_and_tell(warehouse: Warehouse, patience_s: float, *, take_over: bool) -> AbstractContextManager[None]:
        taken.append(take_over)
        return hold(warehouse, patience_s, take_over=take_over)

    monkeypatch.setattr("tasks.batch.hold", hold_and_tell)
    etl(events=backlog.events, songs=backlog.songs, batch_files=3, take_over=True)
    assert taken == [True, False]


@pytest.mark.slow
def test_batches_with_a_budget_and_compacted_songs_add_up(backlog: Lake) -> None:
    backlog.log("2018-11-14", {"itemInSession": 14}, {"itemInSession": 20, "level": "premium"})
    etl(events=backlog.events, songs=backlog.songs, batch_files=2, quarantine_budget=0.5, compact_songs=True)
    assert fetch(PUBLISHED) == [(1, 0, 2), (2, 2, 0), (3, 2, 0)]
    assert fetch("SELECT batch_id, line_number FROM quarantine") == [(3, 2)]
    audit()
