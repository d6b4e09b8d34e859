"""The flow as a whole, with Prefect's engine and Great Expectations, in the fast part too: one run of each kind."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact
from prefect.exceptions import ParameterTypeError

from flows.audit import audit
from flows.etl import etl
from tests.flows.lakes import Lake, read_star
from tests.flows.test_etl import REAL_ROWS, load_all
from tests.state import fetch
from warehouse import connect

pytestmark = pytest.mark.usefixtures("whole_flows")


def test_every_row_of_the_real_lake_arrives(real_lake: Path) -> None:
    load_all(real_lake)
    assert fetch("SELECT COUNT(*) FROM staging_events") == [(8056,)]
    assert fetch("SELECT COUNT(*) FROM staging_songs") == [(71,)]
    assert {table: len(rows) for table, rows in read_star().items()} == REAL_ROWS
    assert fetch("SELECT COUNT(*) FROM songplays WHERE song_id IS NOT NULL") == [(1,)]
    assert fetch("SELECT TO_CHAR(MAX(start_time), 'YYYY-MM-DD HH24:MI:SS.MS') FROM songplays") == [
        ("2018-11-30 19:54:24.796",)
    ]
    assert fetch("SELECT status, files, event_rows, song_rows, plays_added_rows FROM batches") == [
        ("published", 101, 8056, 71, 6820)
    ]
    assert fetch("SELECT dataset, COUNT(*), SUM(rows_loaded) FROM loaded_files GROUP BY 1 ORDER BY 1") == [
        ("events", 30, 8056),
        ("songs", 71, 71),
    ]


@pytest.mark.slow
def test_readers_see_nothing_before_the_suites_have_passed(lake: Lake) -> None:
    etl(events=lake.events)
    with closing(connect()) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM songplays")
        assert cursor.fetchall() == [(1,)]
    lake.log("2018-11-13", {"level": "gold", "sessionId": 2})
    with pytest.raises(Exception, match="gold"):
        etl(events=lake.events)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(1,)]
    assert fetch("SELECT status FROM batches ORDER BY batch_id") == [("published",), ("failed",)]
    lake.log("2018-11-13", {"level": "paid", "sessionId": 2})
    etl(events=lake.events)
    assert fetch("SELECT COUNT(*) FROM songplays") == [(2,)]


@pytest.mark.long
def test_two_runs_at_once_load_each_file_once(lake: Lake) -> None:
    def run(_: int) -> str:
        return etl(events=lake.events, songs=lake.songs).headline

    with ThreadPoolExecutor(2) as pool:
        headlines = sorted(pool.map(run, range(2)))
    assert headlines[0].startswith("Batch 1: 1 events, 1 songs loaded")
    assert headlines[1].startswith("nothing new")
    assert fetch("SELECT COUNT(*), COUNT(DISTINCT url) FROM loaded_files") == [(2, 2)]
    assert fetch("SELECT COUNT(*) FROM songplays") == [(1,)]


@pytest.mark.slow
def test_the_summary_is_kept_as_an_artifact(lake: Lake) -> None:
    etl(events=lake.events, songs=lake.songs)
    artifact = Artifact.get("sparkify-etl-summary")
    assert isinstance(artifact, StoredArtifact)
    text = str(artifact.data)
    assert text.startswith("# Batch 1: 1 events, 1 songs loaded and validated in ")
    assert "| songplays | 0 | 1 | 0 | 0 | 1 |" in text
    assert "| staging_events | 32 | 0 |" in text
    assert "[Data Docs](file:///" in text
    assert "/data-docs/index.html)" in text


@pytest.mark.slow
def test_the_pages_of_old_runs_are_deleted(lake: Lake, sparkify_home: Path) -> None:
    shutil.rmtree(sparkify_home / "data-docs", ignore_errors=True)
    etl(events=lake.events, songs=lake.songs)
    lake.log("2018-11-13", {"sessionId": 2})
    etl(events=lake.events, songs=lake.songs, keep_data_docs=1)
    names = {page.parts[-3] for page in (sparkify_home / "data-docs/validations").rglob("rows.html")}
    assert names == {"batch-2"}
    audit(keep_data_docs=1)
    assert "batch-" not in (sparkify_home / "data-docs/index.html").read_text()


@pytest.mark.parametrize("budget", [-0.01, 0.51, float("nan")])
def test_a_budget_out_of_range_is_refused(budget: float) -> None:
    with pytest.raises(ParameterTypeError, match="quarantine_budget"):
        etl(quarantine_budget=budget)
