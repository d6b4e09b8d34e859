"""A run ends with what it has used: requests and seconds, and what Redshift tells of its sessions."""

import re
from contextlib import closing

import psycopg2
import psycopg2.extensions
import pytest

from flows.etl import etl
from tasks.usage import describe_usage
from tests.redshift_mode.conftest import ONE_OFTEN, WAREHOUSES, CloudLake
from tests.redshift_mode.emulated import WIRE
from tests.state import plain_connection
from warehouse import open_warehouse

HISTORY = """
    CREATE TABLE sparkify.sys_query_history AS
    SELECT
        query_id, CASE query_id WHEN 4 THEN -1 ELSE %(session_id)s END AS session_id,
        2500000 AS execution_time, 500000 AS compile_time, 250000 AS queue_time,
        NOW() AT TIME ZONE 'UTC' - CASE query_id WHEN 3 THEN INTERVAL '1 day' ELSE INTERVAL '0' END AS start_time
    FROM GENERATE_SERIES(1, 4) AS query_id;
    CREATE TABLE sparkify.sys_query_detail AS
    SELECT query_id, step_name, 1500000 AS input_bytes, NOW() AT TIME ZONE 'UTC' AS start_time
    FROM GENERATE_SERIES(1, 4) AS query_id, (VALUES ('scan'), ('scan'), ('hash')) AS steps (step_name)
"""
"""Two statements of a session, one of yesterday, whose session had the same number, and one of another session."""


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", ONE_OFTEN)
def test_a_run_ends_with_what_it_used_and_one_with_nothing_new_asks_no_more_for_it(
    cloud: CloudLake, warehouse: str
) -> None:
    used = etl(warehouse=warehouse).used
    assert re.fullmatch(r"\d+ requests in \d+\.\d s; the history of queries does not tell of them yet", used)
    assert len([statement for statement in WIRE.sent if "sys_query_history" in statement]) == 1
    WIRE.sent.clear()
    assert re.fullmatch(r"\d+ requests in \d+\.\d s", etl(warehouse=warehouse).used)
    assert [statement for statement in WIRE.sent if "sys_query_history" in statement] == []


@pytest.mark.slow
def test_redshift_tells_what_the_sessions_of_the_run_used(cloud: CloudLake) -> None:
    etl(warehouse=WAREHOUSES[0])
    target = open_warehouse(WAREHOUSES[0])
    with closing(target.connect()) as session, closing(plain_connection()) as other:
        with session.cursor() as cursor:
            cursor.execute("SELECT 1 AS one")
        with other, other.cursor() as cursor:
            cursor.execute(HISTORY, {"session_id": session.info.backend_pid})
    assert describe_usage(target, is_worth_a_query=True).partition("; ")[2] == (
        "on Redshift 2 statements: 5.0 s of work, 1.0 s of compilation, 0.5 s in queues, 6.0 MB scanned"
    )


@pytest.mark.slow
def test_that_redshift_does_not_tell_is_no_failure(cloud: CloudLake) -> None:
    def refuse(cursor: psycopg2.extensions.cursor) -> None:
        cursor.execute("SELECT redshift.raise_error('42501', 'permission denied for relation sys_query_history', '')")

    WIRE.faults.append(("sys_query_history", refuse))
    assert re.fullmatch(r"\d+ requests in \d+\.\d s", etl(warehouse=WAREHOUSES[0]).used)
    assert WIRE.faults == []
