"""Quarantine on Redshift: the same evidence, whatever the history of the warehouse tells."""

import gzip
import json

import pytest

from flows.etl import etl
from tests.crash.conftest import without_delay as without_delay  # noqa: PLC0414 - a fixture
from tests.flows.lakes import EVENT
from tests.redshift_mode.conftest import WAREHOUSES, CloudLake
from tests.redshift_mode.emulated import WIRE, drop_connection
from tests.state import fetch
from tests.variants import often

QUARANTINE = 'SELECT url, line_number, column_name, reason_code, reason, "raw" FROM quarantine ORDER BY line_number'
BAD: tuple[dict[str, object], ...] = ({"level": "premium"}, {"userId": "abc"}, {"level": "gold"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("warehouse", "is_packed"),
    often([(WAREHOUSES[0], True), *((each, False) for each in WAREHOUSES)]),
)
def test_bad_rows_are_quarantined_with_their_evidence(cloud: CloudLake, warehouse: str, *, is_packed: bool) -> None:
    url = cloud.log("2018-11-13", *BAD, {"sessionId": 1})
    if is_packed:
        key = url.removeprefix("s3://lake/")
        plain = cloud.s3.get_object(Bucket="lake", Key=key)["Body"].read()
        cloud.s3.put_object(Bucket="lake", Key=key, Body=gzip.compress(plain), ContentEncoding="gzip")
    etl(warehouse=warehouse, quarantine_budget=0.5)
    found = [
        ("level", "1204", "'premium' is too long, VARCHAR(4) allows 4 bytes"),
        ("userid", "1207", "'abc': Invalid digit, Value 'a', Pos 0, Type: Integer (code 1207)"),
        ("level", "expect_column_values_to_be_in_set", "'gold' is not one of free, paid; level is free or paid"),
    ]
    assert fetch(QUARANTINE) == [
        (url, number, *evidence, json.dumps({**EVENT, **bad}))
        for number, evidence, bad in zip((1, 2, 3), found, BAD, strict=True)
    ]
    assert fetch("SELECT rows_scanned, rows_loaded, rows_quarantined FROM loaded_files ORDER BY url") == [
        (1, 1, 0),
        (4, 1, 3),
        (1, 1, 0),
    ]


@pytest.mark.usefixtures("without_delay")
@pytest.mark.slow
@pytest.mark.parametrize("fragment", often(["COPY quarantine", "DELETE FROM staging_events WHERE"]))
def test_a_connection_that_is_lost_half_way_loses_no_row(whole_cloud: CloudLake, fragment: str) -> None:
    whole_cloud.log("2018-11-13", {"level": "gold"})
    WIRE.faults.append((fragment, drop_connection))
    etl(warehouse="emulated-cluster/test", quarantine_budget=0.5)
    assert WIRE.faults == []
    assert fetch("SELECT COUNT(*) FROM quarantine") == [(1,)]
    assert fetch("SELECT status, quarantined_rows FROM batches") == [("published", 1)]
