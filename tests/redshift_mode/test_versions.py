"""An older warehouse on Redshift: what it lacks is added before it is loaded, each migration with its version."""

import re

import pytest

from flows.etl import etl
from tests.redshift_mode.conftest import WAREHOUSES, CloudLake
from tests.redshift_mode.emulated import WIRE
from tests.state import execute, fetch


@pytest.mark.slow
def test_an_older_warehouse_is_brought_up_before_it_is_loaded(cloud: CloudLake) -> None:
    etl(warehouse=WAREHOUSES[0])
    for table in ("schema_versions", "batch_tables", "lake_events", "lake_songs"):
        execute(f"DROP TABLE {table}")
    cloud.log("2018-11-13", {"sessionId": 2, "userId": "11"})
    tables = ("users", "artists", "songs", "time", "songplays")
    WIRE.sent.clear()
    etl(warehouse=WAREHOUSES[0])
    words = ("ALTER TABLE", "UPDATE batches", "INSERT INTO schema_versions", "INSERT INTO batch")
    sent = [" ".join(re.sub("--.*", "", statement).split()) for statement in WIRE.sent]
    assert [statement[:72] for statement in sent if statement.startswith(words)][:19] == [
        *(f"ALTER TABLE batches ADD COLUMN {table}_rows BIGINT" for table in tables),
        "UPDATE batches SET users_rows = counted.users_rows, artists_rows = count",
        "INSERT INTO schema_versions (version, migration, applied_at) VALUES (1, ",
        "ALTER TABLE songplays ADD UNIQUE (session_id, item_in_session)",
        "INSERT INTO schema_versions (version, migration, applied_at) VALUES (2, ",
        "ALTER TABLE loaded_files ALTER DISTSTYLE KEY DISTKEY url",
        "ALTER TABLE quarantine ALTER DISTSTYLE KEY DISTKEY url",
        "INSERT INTO schema_versions (version, migration, applied_at) VALUES (3, ",
        "INSERT INTO batch_tables (batch_id, table_name, rows_after) SELECT recor",
        *(f"ALTER TABLE batches DROP COLUMN {table}_rows" for table in tables),
        "INSERT INTO schema_versions (version, migration, applied_at) VALUES (4, ",
    ]
    assert fetch("SELECT batch_id, rows_after FROM batch_tables WHERE table_name = 'users' ORDER BY 1") == [
        (1, 1),
        (2, 2),
    ]
