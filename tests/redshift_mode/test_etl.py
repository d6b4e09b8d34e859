"""The flow on Redshift: a saved block, a lake on S3, and nothing that the tasks do differently."""

from contextlib import closing

import certifi
import psycopg2
import psycopg2.extensions
import pytest

from cli.query import TypedQuery, query
from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from tests.crash.conftest import without_delay as without_delay  # noqa: PLC0414 - a fixture
from tests.redshift_mode.conftest import ONE_OFTEN, CloudLake
from tests.redshift_mode.emulated import (
    WIRE,
    conflict,
    conflict_in_words,
    drop_connection,
    forget_users,
    idle_too_long,
    lost,
    refused,
    unheard,
)
from tests.state import fetch
from tests.variants import often
from warehouse import CopyError, WarehouseBusy, WarehouseError, WarehouseUnavailable, connect, open_warehouse

STATUSES = "SELECT status FROM batches ORDER BY batch_id"


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", ONE_OFTEN)
def test_the_lake_of_the_block_is_loaded_once(cloud: CloudLake, warehouse: str) -> None:
    assert etl(warehouse=warehouse).headline.startswith("Batch 1: 1 events, 1 songs loaded and validated")
    assert fetch("SELECT user_id, song_id FROM songplays") == [(10, "SOMZWCG12A8C13C480")]
    assert fetch("SELECT url, rows_loaded, dataset FROM loaded_files ORDER BY url") == [
        ("s3://lake/log_data/2018-11-12-events.json", 1, "events"),
        ("s3://lake/song_data/TRAAAAW128F429D538.json", 1, "songs"),
    ]
    WIRE.sent.clear()
    assert etl(warehouse=warehouse).headline.startswith("nothing new")
    assert [statement for statement in WIRE.sent if "COPY staging" in statement] == []
    assert fetch(STATUSES) == [("published",), ("nothing new",)]


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", ONE_OFTEN)
def test_a_month_of_a_flat_lake_is_loaded_batch_by_batch(cloud: CloudLake, warehouse: str) -> None:
    for day in ("2018-11-13", "2018-11-14", "2018-12-01"):
        cloud.log(day, {"sessionId": int(day[-2:])}, {"sessionId": int(day[-2:]), "itemInSession": 1})
    summary = etl(warehouse=warehouse, events="s3://lake/log_data/2018-11", batch_files=2)
    assert len(summary.earlier) == 1
    assert fetch("SELECT batch_id, rows_loaded FROM loaded_files ORDER BY url") == [(1, 1), (1, 2), (2, 2)]
    assert etl(warehouse=warehouse).headline.startswith("Batch 3: 2 events, 1 songs loaded")


@pytest.mark.parametrize("warehouse", ONE_OFTEN)
def test_a_value_that_does_not_fit_is_named_with_its_place_whatever_history_tells(
    cloud: CloudLake, warehouse: str
) -> None:
    url = cloud.log("2018-11-13", {"sessionId": 1}, {"level": "premium"})
    with pytest.raises(CopyError) as failure:
        etl(warehouse=warehouse)
    assert str(failure.value) == (
        f"{url} line 2, column \"level\": 'premium' is too long, VARCHAR(4) allows 4 bytes. "
        "Correct the file and run again; nothing was loaded"
    )
    assert fetch(STATUSES) == [("failed",)]


def test_a_row_that_breaks_an_expectation_is_found_on_s3(cloud: CloudLake) -> None:
    url = cloud.log("2018-11-13", {"sessionId": 1}, {"sessionId": 2, "level": "gold"})
    with pytest.raises(ExpectationsFailed, match=f"{url} line 2, column \"level\": 'gold' is not one of free, paid"):
        etl(warehouse="emulated-cluster/test")


FAULTS = {
    "a conflict while the star is loaded": ("INSERT INTO songplays", conflict),
    "a conflict while files are staged": ("COPY staging_events", conflict),
    "a conflict while staging is emptied": ("TRUNCATE staging_songs", conflict_in_words),
    "a conflict while tables are made": ("CREATE TABLE IF NOT EXISTS batches", conflict_in_words),
    "a connection lost while the ledger is written": ("COPY loaded_files", drop_connection),
    "a connection lost while staging is validated": ("AS batch ON counted.row_count", drop_connection),
    "a connection lost while the star is validated": ("(SELECT * FROM songplays", drop_connection),
    "an idle transaction ended while the ledger is written": ("COPY loaded_files", idle_too_long),
    "an idle transaction ended while files are staged": ("COPY staging_songs", idle_too_long),
    "an idle transaction ended while the star is validated": ("(SELECT * FROM songplays", idle_too_long),
}
PUBLISHES = "INSERT INTO batch_tables"
ENDS = {
    "the answer to the COMMIT that publishes is not heard": (PUBLISHES, unheard),
    "the COMMIT that publishes does not arrive": (PUBLISHES, lost),
    "a conflict at the COMMIT that publishes": (PUBLISHES, refused),
    "the answer to the COMMIT that takes the warehouse is not heard": ("INSERT INTO leases", unheard),
    "the answer to the COMMIT that makes the tables is not heard": ("CREATE TABLE IF NOT EXISTS songplays", unheard),
    "a conflict at the COMMIT that stages": ("COPY staging_events", refused),
}


SLOW = (
    "a conflict while the star is loaded",
    "a connection lost while the star is validated",
    "the answer to the COMMIT that publishes is not heard",
    "a conflict at the COMMIT that stages",
)


@pytest.mark.slow
@pytest.mark.usefixtures("without_delay")
@pytest.mark.parametrize(
    "fault",
    often([*FAULTS, *ENDS], SLOW),
)
def test_a_transaction_that_breaks_is_tried_again_as_a_whole(whole_cloud: CloudLake, fault: str) -> None:
    WIRE.faults += [FAULTS[fault]] if fault in FAULTS else []
    WIRE.ends += [ENDS[fault]] if fault in ENDS else []
    assert etl(warehouse="emulated-cluster/test").headline.startswith("Batch 1: 1 events, 1 songs loaded")
    assert (WIRE.faults, WIRE.ends) == ([], [])
    assert fetch(STATUSES) == [("published",)]
    assert fetch("SELECT COUNT(*), COUNT(DISTINCT url) FROM loaded_files") == [(2, 2)]
    assert fetch("SELECT COUNT(*) FROM songplays") == [(1,)]


@pytest.mark.parametrize("warehouse", ONE_OFTEN)
def test_what_a_lost_answer_to_commit_has_published_is_neither_called_failed_nor_loaded_again(
    cloud: CloudLake, warehouse: str
) -> None:
    WIRE.ends.append((PUBLISHES, unheard))
    assert etl(warehouse=warehouse).headline.startswith("Batch 1: 1 events, 1 songs loaded")
    assert WIRE.ends == []
    assert etl(warehouse=warehouse).headline.startswith("nothing new")
    assert fetch(STATUSES) == [("published",), ("nothing new",)]
    assert fetch("SELECT COUNT(*) FROM songplays") == [(1,)]


def test_a_run_that_lost_its_hold_publishes_nothing(cloud: CloudLake) -> None:
    def take_over(_: psycopg2.extensions.cursor) -> None:
        with closing(connect(read_only=False)) as other, other, other.cursor() as cursor:
            cursor.execute("UPDATE batches SET status = 'abandoned'")

    WIRE.faults.append(("INSERT INTO songplays", take_over))
    with pytest.raises(WarehouseBusy, match="batch 1 is no longer running: another run has taken the warehouse over"):
        etl(warehouse="emulated-cluster/test")
    assert fetch("SELECT COUNT(*) FROM songplays") == [(0,)]
    assert fetch(STATUSES) == [("abandoned",)]


@pytest.mark.slow
def test_each_run_writes_under_a_prefix_of_its_own_and_empties_it_once_it_has_published(whole_cloud: CloudLake) -> None:
    whole_cloud.log("2018-11-13", {"level": "premium"})
    for _ in range(2):
        with pytest.raises(CopyError):
            etl(warehouse="emulated-cluster/test")
    whole_cloud.log("2018-11-13", {"sessionId": 1})
    etl(warehouse="emulated-cluster/test")
    written = [found["Key"] for found in whole_cloud.s3.list_objects_v2(Bucket="work")["Contents"]]
    keys = [key.split("/") for key in written if not key.startswith("sparkify/data-docs/")]
    assert "sparkify/data-docs/index.html" in written
    assert sorted((root, name) for root, _, name in keys) == [
        ("sparkify", "events.manifest.json"),
        ("sparkify", "events.manifest.json"),
        ("sparkify", "songs.manifest.json"),
        ("sparkify", "songs.manifest.json"),
    ]
    assert len({run for _, run, _ in keys}) == 2  # those that failed


@pytest.mark.slow
def test_a_copy_may_take_longer_than_other_statements(cloud: CloudLake) -> None:
    limits: list[object] = []

    def look(cursor: psycopg2.extensions.cursor) -> None:
        cursor.execute("SHOW statement_timeout")
        limits.extend(cursor.fetchall())

    WIRE.faults += [("COPY staging_events", look), ("COPY staging_songs", look), ("INSERT INTO songplays", look)]
    etl(warehouse="emulated-cluster/test")
    assert limits == [("3h",), ("3h",), ("1h",)]


@pytest.mark.slow
def test_a_question_is_asked_in_a_read_only_transaction(cloud: CloudLake) -> None:
    etl(warehouse="emulated-cluster/test")
    with query("emulated-cluster/test", TypedQuery("SELECT user_id FROM users")) as (columns, rows):
        assert (columns, list(rows)) == (["user_id"], [(10,)])


@pytest.mark.parametrize("statement", often(["DELETE FROM users", "DROP TABLE users", "TRUNCATE staging_events"]))
def test_the_server_refuses_what_a_reader_may_not_do(cloud: CloudLake, statement: str) -> None:
    etl(warehouse="emulated-cluster/test")
    with closing(open_warehouse("emulated-cluster/test").connect(read_only=True)) as connection:
        connection.set_session(readonly=False)
        with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)
    assert fetch("SELECT COUNT(*) FROM users") == [(1,)]


@pytest.mark.parametrize("warehouse", ONE_OFTEN)
def test_a_question_that_servers_could_divide_otherwise_is_not_sent(cloud: CloudLake, warehouse: str) -> None:
    with (
        pytest.raises(WarehouseError, match="could be read in two ways"),
        query(warehouse, TypedQuery("SELECT 1,\u00a0$$; DROP TABLE users; SELECT $$")),
    ):
        pass
    assert (WIRE.dialled, WIRE.sent) == ([], [])


def test_a_warehouse_whose_users_are_not_made_yet_says_how_to_make_them(cloud: CloudLake) -> None:
    forget_users()
    with pytest.raises(WarehouseUnavailable) as failure:
        etl(warehouse="emulated-cluster/test")
    assert str(failure.value).startswith("cannot connect to sparkify.")
    assert str(failure.value).endswith("is not made yet, run: sparkify provision --warehouse emulated-cluster/test")


def test_before_the_schema_is_made_no_table_of_others_is_found(cloud: CloudLake) -> None:
    with closing(open_warehouse("emulated-cluster/test").connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchall() == [("pg_catalog",)]


def test_a_connection_is_verified_kept_alive_and_bounded(cloud: CloudLake) -> None:
    with closing(open_warehouse("emulated-cluster/test").connect()) as connection:
        assert connection.statement_timeout_ms == 3600000
    (given,) = WIRE.dialled
    assert given.pop("password")
    assert str(given.pop("host")).startswith("sparkify.")
    assert given == {
        "port": 5439,
        "dbname": "sparkify",
        "user": "IAM:sparkify_loader",
        "sslmode": "verify-full",
        "sslrootcert": certifi.where(),
        "connect_timeout": 30,
        "keepalives": 1,
        "keepalives_idle": 200,
        "keepalives_interval": 200,
        "keepalives_count": 5,
        "application_name": "sparkify",
        "client_encoding": "utf8",
    }
    assert WIRE.sent == [
        'SET statement_timeout TO 3600000; SET search_path TO "sparkify"',
        'SET statement_timeout TO 3600000; SET search_path TO "pg_catalog"',
    ]
