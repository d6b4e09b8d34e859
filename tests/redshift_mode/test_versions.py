"""An older warehouse on Redshift: what it lacks is added before it is loaded, each migration with its version."""

import re

from flows.etl import etl
from tests.redshift_mode.conftest import WAREHOUSES, CloudLake
from tests.redshift_mode.emulated import WIRE
from tests.state import execute, fetch


def test_an_older_warehouse_is_brought_up_before_it_is_loaded(cloud: CloudLake) -> None:
    etl(warehouse=WAREHOUSES[0])
    execute("DROP TABLE schema_versions", "ALTER TABLE batches DROP COLUMN users_rows")
    cloud.log("2018-11-13", {"sessionId": 2, "userId": "11"})
    WIRE.sent.clear()
    etl(warehouse=WAREHOUSES[0])
    words = ("ALTER TABLE", "UPDATE batches", "INSERT INTO schema_versions", "INSERT INTO batches")
    sent = [" ".join(re.sub("--.*", "", statement).split()) for statement in WIRE.sent]
    assert [statement[:72] for statement in sent if statement.startswith(words)][:8] == [
        "ALTER TABLE batches ADD COLUMN users_rows BIGINT",
        "UPDATE batches SET users_rows = counted.users_rows, artists_rows = count",
        "INSERT INTO schema_versions (version, migration, applied_at) VALUES (1, ",
        "ALTER TABLE songplays ADD UNIQUE (session_id, item_in_session)",
        "INSERT INTO schema_versions (version, migration, applied_at) VALUES (2, ",
        "ALTER TABLE loaded_files ALTER DISTSTYLE KEY DISTKEY url",
        "ALTER TABLE quarantine ALTER DISTSTYLE KEY DISTKEY url",
        "INSERT INTO schema_versions (version, migration, applied_at) VALUES (3, ",
    ]
    assert fetch("SELECT users_rows FROM batches ORDER BY batch_id") == [(1,), (2,)]
