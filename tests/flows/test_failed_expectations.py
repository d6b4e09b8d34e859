"""The table of failed expectations that a run keeps."""

import json

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact

from expectations.results import ExpectationsFailed
from flows.etl import etl
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
        "critical", "staging_events", "level", 2
    )  # fmt: skip
    assert level["what is wrong"] == "is not one of free, paid"
    rule = "is not one of free, paid; level is free or paid"
    assert level["first at"] == (
        f"file://{log} line 1, column \"level\": 'gold' {rule}; file://{log} line 2, column \"level\": 'lead' {rule}"
    )
    assert level["examples"].count("level gold") == level["examples"].count("level lead") == 1
    assert len(fetch(level["query of all rows"])) == 2
    assert (method["severity"], method["column"], method["rows"]) == ("warning", "method", 1)
    link = Artifact.get("sparkify-data-docs")
    assert isinstance(link, StoredArtifact)
    assert "data-docs/index.html" in str(link.data)
