"""A newer warehouse is refused by older code, and an older one brought up with its data, whichever command opens it."""

from functools import partial

import pytest

from flows.audit import audit
from flows.etl import etl
from flows.insights import insights
from flows.provision import provision_warehouse
from flows.reset import reset
from tasks.provision.versions import migrations
from tests.flows.lakes import Lake, read_star
from tests.state import execute, fetch, held
from warehouse import WarehouseBusy, WrongVersion

pytestmark = pytest.mark.usefixtures("warehouse")

APPLIED = "SELECT version FROM schema_versions ORDER BY version"


def test_a_newer_warehouse_is_refused_before_anything_changes_and_reset_makes_it_of_this_version(lake: Lake) -> None:
    load = partial(etl, events=lake.events, songs=lake.songs)
    load()
    known = fetch(APPLIED)
    execute("INSERT INTO schema_versions SELECT 99, '0099_split_songplays', GETDATE()", "DROP TABLE staging_songs")
    batches = fetch("SELECT * FROM batches")
    for flow in (load, partial(load, full_refresh=True), audit, insights, provision_warehouse):
        with pytest.raises(WrongVersion) as refused:
            flow()
        assert str(refused.value) == (
            "the tables are of version 99 (0099_split_songplays), and this sparkify knows no version after "
            f"{migrations()[-1].version}; nothing was changed. Use the release that brought them there, or a newer one"
        )
    assert fetch("SELECT * FROM batches") == batches
    assert fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'sparkify' AND tablename LIKE 'staging%%'") == [
        ("staging_events",)
    ]
    reset()
    assert fetch(APPLIED) == known


def test_provision_waits_for_a_run_before_it_changes_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.provision.PATIENCE_S", 0.1)
    provision_warehouse()
    execute("DROP TABLE schema_versions")
    with held(), pytest.raises(WarehouseBusy):
        provision_warehouse(migrate=True)
    assert (
        fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'sparkify' AND tablename = 'schema_versions'") == []
    )
    provision_warehouse(migrate=True)
    assert fetch(APPLIED) == [(each.version,) for each in migrations()]


@pytest.mark.slow
def test_an_older_warehouse_is_read_only_once_a_run_has_brought_it_up(lake: Lake) -> None:
    load = partial(etl, events=lake.events, songs=lake.songs)
    load()
    star, known = read_star(), fetch(APPLIED)
    execute("DROP TABLE schema_versions", "DELETE FROM batch_tables WHERE table_name IN ('users', 'songplays')")
    for flow in (audit, insights):
        with pytest.raises(
            WrongVersion, match=r"^the tables are of an older version, and lack 0001_.*: run sparkify etl"
        ):
            flow()
    load()
    audit()
    assert (read_star(), fetch(APPLIED)) == (star, known)
    assert fetch("SELECT table_name, rows_after FROM batch_tables WHERE table_name LIKE '%%s%%' ORDER BY 1") == [
        ("artists", 1),
        ("lake_events", 1),
        ("lake_songs", 1),
        ("songplays", 1),
        ("songs", 1),
        ("users", 1),
    ]
