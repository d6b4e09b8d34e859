"""Names that look like SQL, formats or markup are names: they are loaded, kept in the ledger, and shown as they are."""

import json
from contextlib import closing

import pytest
from psycopg2.sql import SQL, Identifier

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from lake.printable import printable
from sql.tables import TABLES
from tasks.provision.provisioning import provision
from tests.flows.lakes import EVENT, Lake
from tests.hostile import is_plain
from tests.state import fetch
from tests.variants import often
from warehouse import WarehouseError, open_warehouse

pytestmark = pytest.mark.usefixtures("warehouse")

RUN_LOGS = ("prefect.flow_runs", "prefect.task_runs")
HOSTILE = [
    "it's",
    "a'; DROP TABLE users; --",
    'quo"ted',
    "100%s%(x)s%%",
    ":manifest_url",
    "back\\slash",
    "back\\",
    "new\nline",
    "{batch}",
    "<b>bold",
    "\N{SNOWMAN} été",
    " spaces ",
    "$1",
    "x" * 200,
    "\x1b[31mred\r\nERROR forged\u202egpj\u200b<!channel> ![](http:x)|=1+1",
]


def test_a_file_of_any_name_is_loaded_once_and_kept_in_the_ledger(lake: Lake) -> None:
    hostile = [lake.folder / "log_data" / name / f"{name}.json" for name in HOSTILE]
    for number, file in enumerate(hostile):
        file.parent.mkdir()
        file.write_text(json.dumps({**EVENT, "sessionId": number}))
    etl(events=lake.events)
    sessions = [*range(len(hostile)), 345]
    assert fetch("SELECT session_id FROM songplays ORDER BY 1") == [(session,) for session in sessions]
    kept = fetch("SELECT url, rows_loaded FROM loaded_files")
    assert {(f"file://{file}", 1) for file in hostile} <= set(kept)
    assert etl(events=lake.events).headline.startswith("nothing new")


@pytest.mark.parametrize("names", [HOSTILE[:8], HOSTILE[8:]])
def test_a_bad_line_in_a_file_of_any_name_is_named(
    lake: Lake, names: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    hostile = [lake.folder / "log_data" / f"{name}.json" for name in names]
    for file in hostile:
        file.write_text(json.dumps({**EVENT, "level": "gold"}))
    with pytest.raises(ExpectationsFailed) as failure:
        etl(events=lake.events)
    assert [file for file in hostile if printable(f"file://{file} line 1") not in str(failure.value)] == []
    said = [str(failure.value), *(record.getMessage() for record in caplog.records if record.name in RUN_LOGS)]
    assert [text for text in said if not is_plain(text)] == []


@pytest.mark.parametrize("name", often([name for name in HOSTILE if len(name) < 64], 4))
def test_a_schema_of_any_name_is_that_schema(name: str) -> None:
    hostile = open_warehouse("local", schema=name)
    for _ in range(2):
        provision.fn(hostile)
    query = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s"
    with closing(hostile.connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(query, (name.lower(),))
        assert cursor.fetchall() == [(len(TABLES),)]
        cursor.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(name.lower())))


@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_block_of_any_name_is_only_looked_for(name: str) -> None:
    with pytest.raises(WarehouseError) as failure:
        etl(warehouse=f"redshift-cluster/{name}")
    assert str(failure.value).startswith(f"warehouse {f'redshift-cluster/{name}'!r} is not known: use 'local'")
