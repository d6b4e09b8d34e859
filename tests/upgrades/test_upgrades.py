"""Warehouses that older code has loaded are brought up with all their rows, and go on as if they had always been new.

`make.py` has made what they are restored from.
"""

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flows.audit import audit
from flows.etl import etl
from sql.tables import TableDefinition, parse_table, read_table
from tasks.provision.catalogue import Catalogue, read_catalogue
from tasks.provision.provisioning import provision
from tasks.provision.versions import migrations
from tests.flows.lakes import read_star
from tests.state import fetch, forget_everything, plain_connection
from tests.upgrades.lake import log_third_day, write_lake
from tests.upgrades.make import FOLDER, LAKE
from tests.variants import often
from warehouse import DEFAULT_SCHEMA, connect, open_warehouse

DUMPS = sorted(file.stem for file in FOLDER.glob("*.sql") if not file.stem.endswith(".create"))
TYPE = r"[A-Z]+(?: PRECISION)?(?:\([\d, ]+\))?"
ADDED = re.compile(rf"ALTER TABLE (\w+) ADD COLUMN (\w+) ({TYPE})(?: DEFAULT \w+)?( NOT NULL)?")
CREATE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+) \(.*?;", re.DOTALL)
Declared = dict[str, Any]
MOVED = {("batches", f"{table}_rows"): table for table in ("users", "artists", "songs", "time", "songplays")}
"""Columns whose values are in `batch_tables` by now, and the table that they counted."""
NATURAL_KEY = """
    SELECT COUNT(*) FROM pg_indexes
    WHERE tablename = 'songplays' AND indexdef LIKE '% btree (session_id, item_in_session)'
"""


def restore(commit: str, lake: Path) -> None:
    """Make the warehouse of a commit, which was loaded from this lake."""
    forget_everything()
    text = (FOLDER / f"{commit}.sql").read_text(encoding="utf-8").replace(LAKE, str(lake))
    with closing(plain_connection()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(text)


def catalogue() -> Catalogue:
    """Read which tables and columns there are."""
    with closing(connect(read_only=False)) as connection:
        return read_catalogue(connection, DEFAULT_SCHEMA)


def is_in(there: Catalogue, place: tuple[str, str]) -> bool:
    """Tell whether there is such a column of such a table."""
    return place[1] in there[place[0]]


@pytest.mark.parametrize("commit", DUMPS)
def test_no_row_is_lost_and_no_column_left_or_missing(commit: str, tmp_path: Path) -> None:
    forget_everything()
    provision.fn(open_warehouse("local"))
    new = catalogue()
    restore(commit, tmp_path)
    there = catalogue()
    kept = {
        table: ", ".join(f'"{column}"' for column in sorted(there[table]) if (table, column) not in MOVED)
        for table in there
        if table != "schema_versions"
    }
    before = {table: sorted(fetch(f"SELECT {kept[table]} FROM {table}"), key=str) for table in kept}
    assert before["songplays"]
    recorded = {
        MOVED[place]: fetch(f"SELECT batch_id, {place[1]} FROM batches") for place in MOVED if is_in(there, place)
    }
    provision.fn(open_warehouse("local"))
    for table in MOVED.values():
        due = recorded.get(table, [(1, len(before[table]))])
        assert fetch(f"SELECT batch_id, rows_after FROM batch_tables WHERE table_name = '{table}'") == due
    assert {table: sorted(fetch(f"SELECT {kept[table]} FROM {table}"), key=str) for table in kept} == before
    assert fetch("SELECT ended_at = published_at FROM batches WHERE status = 'published'") == [(True,)]
    assert fetch("SELECT newest_event_at FROM batches WHERE status = 'published'") == fetch(
        "SELECT MAX(ts) FROM lake_events"
    )
    assert catalogue() == new
    assert fetch("SELECT version, migration FROM schema_versions ORDER BY 1") == [
        (each.version, each.name) for each in migrations()
    ]


@pytest.mark.slow
@pytest.mark.parametrize("commit", often(DUMPS, [DUMPS[0], DUMPS[-1]]))
def test_an_upgraded_warehouse_goes_on_as_if_it_had_always_been_new(
    commit: str, tmp_path: Path, warehouse: None
) -> None:
    lake = write_lake(tmp_path / "lake")
    log_third_day(lake)
    etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    star = read_star()
    restore(commit, lake.folder)
    etl(events=lake.events, songs=lake.songs, quarantine_budget=0.5)
    assert read_star() == star
    assert fetch("SELECT COUNT(*), COUNT(DISTINCT url) FROM loaded_files") == [(7, 7)]
    assert fetch("SELECT COUNT(*) FROM loaded_files WHERE is_current") == [
        (7,)
    ]  # all is read again, into the lake tables
    assert fetch("SELECT SUM(rows_loaded) FROM loaded_files WHERE dataset = 'events'") == fetch(
        "SELECT COUNT(*) FROM lake_events"
    )
    assert fetch("SELECT line_number FROM quarantine") == [(3,)]
    assert fetch(NATURAL_KEY) == [(1,)]
    etl(events=lake.events, songs=lake.songs)
    assert fetch("SELECT status FROM batches ORDER BY batch_id DESC LIMIT 1") == [("nothing new",)]
    audit()


@pytest.mark.parametrize("commit", DUMPS)
def test_the_tables_of_older_code_with_all_migrations_are_declared_as_those_of_now(commit: str) -> None:
    """Keys, distribution and sorting too, which Redshift has and the local warehouse does not keep."""
    text = (FOLDER / f"{commit}.create.sql").read_text(encoding="utf-8")
    older = {match[1]: declared(parse_table(match[1], match[0])) for match in CREATE.finditer(text)}
    assert "songplays" in older
    for statement in (each for migration in migrations() for each in migration.statements):
        apply(older, statement)
    assert older == {table: declared(read_table(table)) for table in older}


def declared(table: TableDefinition) -> Declared:
    """Return what a table declares; in which order is no rule."""
    columns = {column.name: (column.type, column.is_required) for column in table.columns}
    return {"columns": columns, "keys": {*table.keys}, "dist_key": table.dist_key, "sort_key": table.sort_key}


def apply(tables: dict[str, Declared], statement: str) -> None:
    """Do to what tables declare what a statement of a migration does."""
    if added := ADDED.fullmatch(statement):
        tables[added[1]]["columns"].setdefault(added[2], (added[3], bool(added[4])))
    elif key := re.fullmatch(r"ALTER TABLE (\w+) ADD ((?:UNIQUE|PRIMARY KEY|FOREIGN KEY) .*)", statement):
        tables[key[1]]["keys"].add(key[2])
    elif gone := re.fullmatch(r"ALTER TABLE (\w+) DROP COLUMN (\w+)", statement):
        del tables[gone[1]]["columns"][gone[2]]
    elif moved := re.fullmatch(r"ALTER TABLE (\w+) ALTER DISTSTYLE KEY DISTKEY (\w+)", statement):
        tables[moved[1]]["dist_key"] = moved[2]
    elif renamed := re.fullmatch(r"ALTER TABLE (\w+) RENAME COLUMN (\w+) TO (\w+)", statement):
        columns = tables[renamed[1]]["columns"]
        columns[renamed[3]] = columns.pop(renamed[2])
    else:
        assert statement.startswith(("UPDATE ", "INSERT ")), f"this test does not know: {statement}"
