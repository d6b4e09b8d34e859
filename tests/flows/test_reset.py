"""Reset beside whatever else is at work: it waits its turn, and nobody sees a star that is half gone."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest

from expectations.running.checks import star_checks
from expectations.running.run import run_suites
from flows.reset import reset
from sql.tables import TABLES
from tasks.provision.provisioning import provision
from tasks.validate.data_docs import data_docs
from tests.state import execute, fetch, held, statements_that_wait
from warehouse import WarehouseBusy, WarehouseError, connect, open_warehouse

pytestmark = pytest.mark.usefixtures("rows")

ROWS = (
    "INSERT INTO batches (batch_id, flow_run_id, flow_run_name, started_at, status) "
    "SELECT 1, 'id', 'busy-bee', GETDATE(), 'running'",
    "INSERT INTO users SELECT 10, 'A', 'B', 'F', 'free', GETDATE(), 1, 1, 1",
    "INSERT INTO artists SELECT 'AR1', 'A', NULL, NULL, NULL, 1",
)
COUNTS = "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM artists), (SELECT COUNT(*) FROM batches)"
THERE = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'sparkify'"


@pytest.fixture
def rows(warehouse: None) -> None:
    """A warehouse with some rows."""
    provision.fn(open_warehouse("local"))
    execute(*ROWS)


def test_reset_waits_for_a_run_and_says_which_before_it_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.reset.PATIENCE_S", 0.1)
    with held(), pytest.raises(WarehouseBusy, match=r"run 'busy-bee', started .* UTC, holds the warehouse.*cancel it"):
        reset()
    assert fetch(COUNTS) == [(1, 1, 1)]


def test_a_reader_goes_on_reading_the_old_star_and_reset_comes_after_it() -> None:
    with ThreadPoolExecutor(1) as pool, closing(connect()) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM users")
        resetting = pool.submit(reset)
        while not any("LOCK TABLE" in statement for statement in statements_that_wait()):
            Event().wait(0.01)
        cursor.execute(COUNTS)
        assert cursor.fetchall() == [(1, 1, 1)]
        assert not resetting.done()
        reader.rollback()
        resetting.result()
        cursor.execute(COUNTS)
        assert cursor.fetchall() == [(0, 0, 0)]


def test_reset_gives_up_on_a_reader_that_never_ends_and_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.reset.PATIENCE_S", 0.1)
    with closing(connect()) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM artists")
        with pytest.raises(WarehouseBusy, match="other sessions went on using the tables for 0 s: end them"):
            reset()
    assert fetch(COUNTS) == [(1, 1, 1)]


def test_two_resets_at_once_both_end_with_empty_tables() -> None:
    with ThreadPoolExecutor(2) as pool:
        for resetting in [pool.submit(reset) for _ in range(2)]:
            resetting.result()
    assert (fetch(COUNTS), fetch(THERE)) == ([(0, 0, 0)], [(len(TABLES),)])


@pytest.mark.parametrize("damage", ["TABLE songs", "TABLE batches", "SCHEMA sparkify"])
def test_reset_makes_what_is_missing(damage: str) -> None:
    execute(f"DROP {damage} CASCADE")
    reset()
    assert (fetch(COUNTS), fetch(THERE)) == ([(0, 0, 0)], [(len(TABLES),)])


@pytest.mark.slow
def test_reset_deletes_what_runs_left_beside_the_tables(sparkify_home: Path) -> None:
    manifest = sparkify_home / "manifests" / str(uuid4()) / "events.manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.touch()
    with closing(connect(read_only=False)) as connection:
        run_suites(connection, star_checks(), data_docs(open_warehouse("local"), "batch-1"))
    pages = sparkify_home / "data-docs"
    assert "batch-1" in (pages / "index.html").read_text()
    reset()
    assert not manifest.parent.exists()
    assert "batch-1" not in (pages / "index.html").read_text()


def test_what_depends_on_a_table_is_named_and_nothing_is_reset() -> None:
    execute("CREATE VIEW mine AS SELECT user_id FROM users")
    message = (
        "nothing was reset: cannot drop table users because other objects depend on it. "
        "view mine depends on table users; drop that first, and reset again"
    )
    with pytest.raises(WarehouseError) as failure:
        reset()
    assert str(failure.value) == message
    assert fetch(COUNTS) == [(1, 1, 1)]
