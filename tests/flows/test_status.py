"""The artifact `sparkify-status`: every run of the flow leaves one, also a run that fails or finds nothing new."""

import re
from datetime import UTC, datetime

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact

from flows.etl import etl
from tasks import status
from tasks.markdown import markdown
from tests.flows.lakes import Lake
from tests.state import execute, fetch
from warehouse import CopyError, WarehouseUnavailable, open_warehouse

pytestmark = pytest.mark.usefixtures("warehouse")


def kept_artifact() -> StoredArtifact:
    """Return the artifact of the last run."""
    kept = Artifact.get("sparkify-status")
    assert isinstance(kept, StoredArtifact)
    return kept


def artifact() -> tuple[str, list[str]]:
    """Return the headline of the artifact, without how old it is, and its lines about batches."""
    kept = kept_artifact()
    lines = str(kept.data).splitlines()
    told = re.sub(r"[\d,]+ days", "N days", str(kept.description))
    rows = [line for line in lines if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return told, [" ".join([row[0], *row[4:9]]) for row in cells] + [line for line in lines if line.startswith("- ")]


def test_a_run_that_loads_finds_nothing_or_fails_leaves_the_status(lake: Lake) -> None:
    newest = "The newest event is of 2018-11-12 02:37:38 UTC, N days ago"
    etl(**lake.there)
    etl(**lake.there)
    places = [f"- {markdown(f'{dataset}: 1 file: file://{url}/')}" for dataset, url in lake.there.items()]
    assert artifact() == (newest, ["2 nothing new    ", "1 published 2 1 1 0", *places])
    lake.log("2018-11-13", {"level": "premium"})
    with pytest.raises(CopyError):
        etl(**lake.there)
    told, (batch, *others) = artifact()
    assert (told, batch) == (newest, "3 failed    ")
    assert [others[2].startswith("- the last run, batch 3, failed "), others[-1].startswith("- batch 3 failed: ")] == [
        True,
        True,
    ]
    assert "premium" in others[-1]


def test_what_batches_have_is_text_on_the_page(lake: Lake) -> None:
    etl(**lake.there)
    execute("UPDATE batches SET reason = '<img src=x>|[a](http://b)\n# c', flow_run_name = '|x|'")
    lake.log("2018-11-13", {"itemInSession": 1, "<device>": "phone"})
    etl(**lake.there)
    kept = kept_artifact()
    assert r"- batch 1 published: \<img src=x\>\|\[a\](http\://b)\\n\# c" in str(kept.data)
    assert r"| 1 | \|x\| |" in str(kept.data)
    assert r"- events: key '\<device\>': no column takes it; batches 2 to 2 had it, as string" in str(kept.data)


def test_old_events_are_told_once_and_again_when_they_are_old_no_more_and_fail_no_run(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(
        status, "emit_event", lambda name, payload, **_: told.append((name.rpartition(".")[2], payload["severity"]))
    )
    etl(**lake.there)
    assert told == []
    execute("UPDATE batches SET ended_at = '2018-11-12 04:00:00'")
    etl(**lake.there, max_lag="1d/36500d")
    etl(**lake.there, max_lag="1d/36500d")
    assert told == [("freshness", "warning")]
    execute("UPDATE batches SET ended_at = '2018-11-12 15:00:00'")
    etl(**lake.there, max_lag="12h/1d")
    etl(**lake.there, max_lag="12h/1d")
    assert told[1:] == [("freshness", "error")]
    lake.log("today", {"itemInSession": 1, "ts": int(datetime.now(UTC).timestamp() * 1000)})
    etl(**lake.there, max_lag="12h/1d")
    assert told[2:] == [("usual", "over")]
    with pytest.raises(ValueError, match="no limit of an age"):
        etl(**lake.there, max_lag="soon")
    assert fetch("SELECT COUNT(*) FROM batches") == [(6,)]


def test_a_status_that_cannot_be_read_changes_nothing_of_the_run(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise WarehouseUnavailable("gone")

    monkeypatch.setattr(status, "read_runs", refuse)
    assert etl(**lake.there).batch_id == 1


def test_a_warehouse_that_cannot_be_reached_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(status, "keep_status", asked.append)
    for error in (WarehouseUnavailable("gone"), KeyboardInterrupt()):
        with pytest.raises(type(error)), status.reported_status(open_warehouse("local")):
            raise error
    assert asked == []
