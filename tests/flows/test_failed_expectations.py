"""The table of failed expectations that a run keeps."""

import json
import re
from pathlib import Path

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from tasks.markdown import markdown
from tests.flows.lakes import Lake
from tests.state import fetch

pytestmark = pytest.mark.usefixtures("warehouse")


def test_each_failed_expectation_has_examples_a_place_and_a_query_that_finds_all_rows(lake: Lake) -> None:
    log = lake.log("2018-11-13", {"level": "gold", "sessionId": 2}, {"level": "lead", "sessionId": 3, "method": "POST"})
    with pytest.raises(ExpectationsFailed):
        etl(events=lake.events)
    kept = Artifact.get("sparkify-failed-expectations")
    assert isinstance(kept, StoredArtifact)
    assert kept.description == "batch-1: 1 of severity critical, 1 of severity warning"
    level, method = sorted(json.loads(str(kept.data)), key=lambda row: str(row["severity"]))
    assert (level["severity"], level["table"], level["column"], level["rows"]) == (
        "critical", markdown("staging_events"), "level", 2
    )  # fmt: skip
    assert level["what is wrong"] == "is not one of free, paid"
    rule = "is not one of free, paid; level is free or paid"
    assert level["first at"] == markdown(
        f"file://{log} line 1, column \"level\": 'gold' {rule}; file://{log} line 2, column \"level\": 'lead' {rule}"
    )
    assert level["examples"].count("level gold") == level["examples"].count("level lead") == 1
    assert len(fetch(re.sub(r"\\(.)", r"\1", level["query of all rows"]))) == 2
    assert (method["severity"], method["column"], method["rows"]) == ("warning", "method", 1)
    link = Artifact.get("sparkify-data-docs")
    assert isinstance(link, StoredArtifact)
    assert "data-docs/index.html" in str(link.data)


def test_personal_values_stay_in_the_warehouse(lake: Lake, sparkify_home: Path) -> None:
    odd: list[dict[str, object]] = [{"gender": "Canary"}, {"itemInSession": 1, "firstName": "Canary" * 50}]
    log = lake.log("2018-11-13", *odd, *({"itemInSession": place} for place in range(2, 6)))
    lake.song("TRA", {})
    with pytest.raises(ExpectationsFailed) as failure:
        etl(events=lake.events, songs=lake.songs)
    rule = "the value is not one of F, M; gender is F, M or not known"
    gender = f'file://{log} line 1, column "gender": {rule}'
    name = f'file://{log} line 2, column "firstname": the value is too long, VARCHAR(256) allows 256 bytes'
    assert str(failure.value).splitlines()[1:] == [f"- {gender}", f"- {name}"]
    summary = etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    for key in ("sparkify-failed-expectations", "sparkify-bad-rows", "sparkify-etl-summary"):
        kept = Artifact.get(key)
        assert isinstance(kept, StoredArtifact)
        assert (key, "Canary" in str(kept.data)) == (key, False)
        assert "line" in str(kept.data)
    assert "Canary" not in summary.markdown()
    assert (
        fetch("SELECT POSITION('Canary' IN reason), POSITION('Canary' IN \"raw\") > 0 FROM quarantine")
        == [(0, True)] * 2
    )
    pages = [
        page.read_text() for page in (sparkify_home / "data-docs/validations").glob("staging_events/batch-*/*/*.html")
    ]
    assert pages
    assert [page for page in pages if "Canary" in page] == []
