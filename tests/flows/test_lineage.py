"""Lineage of runs as a collector gets it: names, facets, how a run ends; and runs that do not depend on it."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import attr
import pytest
from openlineage.client import facet_v2
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from reports.column_lineage import PAGE, as_json
from tasks.lineage import run
from tasks.lineage.facets import Places, location_name
from tasks.lineage.work import parent_of_run
from tests.flows.lakes import Lake
from tests.log_lines import warnings_of

RETRY = {"total": 0, "allowed_methods": ["POST"]}
FACETS: dict[str, Any] = {
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "columnLineage": facet_v2.column_lineage_dataset.ColumnLineageDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "dataQualityAssertions": facet_v2.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
    "sourceCodeLocation": facet_v2.source_code_location_job.SourceCodeLocationJobFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
    "parent": facet_v2.parent_run.ParentRunFacet,
}
"""The client's own classes, which it makes from the published schemas."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a collector on this machine gets."""
    got: list[dict[str, Any]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        configure(monkeypatch, f"http://127.0.0.1:{server.server_port}")
        yield got
        server.shutdown()
        thread.join()


def configure(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    transport = {"type": "http", "url": url, "retry": RETRY}
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT", json.dumps(transport))
    monkeypatch.setattr(run, "WAIT_S", 30.0)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged as a warning of lineage."""
    return warnings_of(run, monkeypatch)


def require_valid(event: dict[str, Any]) -> None:
    """Hold an event and all of its facets against the fields of their classes."""
    require_fields(event, RunEvent)
    require_fields(event["run"], Run)
    require_fields(event["job"], Job)
    for kind, cls in (("inputs", InputDataset), ("outputs", OutputDataset)):
        for dataset in event[kind]:
            require_fields(dataset, cls)
            for facets in (dataset["facets"], dataset.get("inputFacets", {}), dataset.get("outputFacets", {})):
                require_facets(facets)
    require_facets(event["run"]["facets"])
    require_facets(event["job"]["facets"])


def require_facets(facets: dict[str, Any]) -> None:
    for name, facet in facets.items():
        if name in FACETS:
            require_fields(facet, FACETS[name])


def require_fields(value: dict[str, Any], cls: Any) -> None:
    fields = {field.name: field.default is attr.NOTHING for field in attr.fields(cls)}
    assert {name for name, is_required in fields.items() if is_required} <= value.keys() <= fields.keys(), cls


def ended(events: list[dict[str, Any]]) -> dict[str, Any]:
    for event in events:
        require_valid(event)
    return events[-1]


@pytest.mark.usefixtures("warehouse")
def test_a_run_tells_what_it_read_and_wrote(collector: list[dict[str, Any]], lake: Lake, told: list[str]) -> None:
    lake.log("2018-11-13", {"itemInSession": 1, "method": "POST"})
    etl(**lake.there)
    end = ended(collector)
    jobs = [(event["eventType"], event["job"]["name"]) for event in collector]
    assert jobs == [("START", "sparkify-etl"), ("COMPLETE", "sparkify-etl.validate-star"), ("COMPLETE", "sparkify-etl")]
    assert {event["run"]["runId"] for event in collector if event["job"]["name"] == "sparkify-etl"} == {
        end["run"]["runId"]
    }
    assert [(each["namespace"], each["name"]) for each in end["inputs"]] == [
        ("file", lake.events),
        ("file", lake.songs),
    ]
    found = end["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(each["assertion"], each["success"], each.get("column"), each.get("severity")) for each in found] == [
        ("suite_staging_events", True, None, None),
        ("expect_column_values_to_be_in_set", False, "method", "warn"),
    ]
    outputs = {each["name"].rpartition(".")[2]: each for each in end["outputs"]}
    assert [*outputs] == ["lake_events", "lake_songs", "artists", "songs", "time", "users", "songplays"]
    plays = outputs["songplays"]
    assert plays["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert plays["facets"]["schema"]["fields"][0]["name"] == "songplay_id"
    [source] = plays["facets"]["columnLineage"]["fields"]["user_id"]["inputFields"]
    assert (source["name"], source["field"]) == (outputs["lake_events"]["name"], "userid")
    [source] = outputs["lake_events"]["facets"]["columnLineage"]["fields"]["userid"]["inputFields"]
    assert (source["name"], source["field"]) == (lake.events, "userid")
    parent = collector[1]["run"]["facets"]["parent"]
    assert (parent["job"]["name"], parent["run"]["runId"]) == ("sparkify-etl", end["run"]["runId"])
    assert {each["name"] for each in collector[1]["inputs"]} == {each["name"] for each in end["outputs"][2:]}
    assert end["job"]["facets"]["sourceCodeLocation"]["path"] == "flows/etl.py"
    assert told == []


@pytest.mark.usefixtures("warehouse")
def test_a_run_that_fails_tells_why_and_one_that_finds_nothing_wrote_nothing(
    collector: list[dict[str, Any]], lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = "01932e4f-6f10-7d3e-8a2e-0242ac120002"
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow/daily.load/{above}")
    lake.log("2018-11-13", {"gender": "X"})
    with pytest.raises(ExpectationsFailed):
        etl(**lake.there)
    end = ended(collector)
    assert (end["eventType"], end["outputs"]) == ("FAIL", [])
    assert "the value is not one of F, M" in end["run"]["facets"]["errorMessage"]["message"]
    parent = end["run"]["facets"]["parent"]
    assert (parent["job"]["namespace"], parent["job"]["name"], parent["run"]["runId"]) == (
        "airflow",
        "daily.load",
        above,
    )
    lake.log("2018-11-13", {"itemInSession": 1})
    etl(**lake.there)
    etl(**lake.there)
    assert (ended(collector)["eventType"], ended(collector)["outputs"]) == ("COMPLETE", [])


@pytest.mark.usefixtures("warehouse")
def test_a_collector_that_is_down_or_never_answers_changes_nothing_of_a_run(
    lake: Lake, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent:
        configure(monkeypatch, f"http://127.0.0.1:{silent.server_port}")
        monkeypatch.setattr(run, "WAIT_S", 0.0)
        assert etl(**lake.there).batch_id == 1
    configure(monkeypatch, f"http://127.0.0.1:{silent.server_port}")
    assert etl(**lake.there).batch_id == 2
    assert [line.partition(": ")[0] for line in told] == ["lineage is not complete"] * 2


def test_without_a_configuration_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not run.is_configured()
    (tmp_path / "openlineage.yml").touch()
    assert run.is_configured()
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "True")
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    assert not run.is_configured()
    monkeypatch.delenv("OPENLINEAGE_DISABLED")
    assert run.is_configured()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("s3://lake/log_data/", ("s3://lake", "log_data")),
        ("s3://lake/log_data/2018-1*", ("s3://lake", "log_data/2018-1")),
        ("s3://lake/", ("s3://lake", "/")),
        ("file:///srv/lake/log_data/", ("file", "/srv/lake/log_data")),
    ],
)
def test_locations_are_named_as_the_specification_says(url: str, name: tuple[str, str]) -> None:
    assert location_name(url) == name


@pytest.mark.parametrize(
    ("engine", "host", "namespace"),
    [
        ("redshift", "prod.abc123.eu-west-1.redshift.amazonaws.com", "redshift://prod.eu-west-1:5439"),
        ("redshift", "work.123456789012.eu-west-1.redshift-serverless.amazonaws.com", "redshift://work.eu-west-1:5439"),
        ("redshift", "redshift.example.com", "postgres://redshift.example.com:5439"),
    ],
)
def test_tables_are_named_as_the_specification_says(engine: str, host: str, namespace: str) -> None:
    assert Places(engine, host, 5439, "dev", "sparkify").table("users") == (namespace, "dev.sparkify.users")


def test_a_parent_is_what_a_scheduler_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "food/delivery/etl/3f5e83fa")
    assert parent_of_run() == ("food", "delivery/etl", "3f5e83fa")
    monkeypatch.delenv("OPENLINEAGE_PARENT_ID")
    assert parent_of_run() == ("", "", "")


@pytest.mark.slow
def test_the_lineage_of_columns_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_json(), "make docs writes it again"
