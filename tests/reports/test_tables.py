"""The diagram and the dictionary say what the tables are."""

import re
from pathlib import Path

import pytest

import sql
from reports.diagram import diagram, mermaid
from reports.dictionary import PAGE, dictionary
from sql.tables import STAR, TABLES, ColumnDefinition, read_table
from warehouse import WarehouseConnection


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_columns_that_its_ddl_makes(connection: WarehouseConnection, schema: str, name: str) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            sql.run(cursor, f"create/{table}")
        cursor.execute(
            "SELECT column_name, is_nullable = 'NO' FROM information_schema.columns "
            "WHERE table_schema = %(schema)s AND table_name = %(name)s ORDER BY ordinal_position",
            {"schema": schema, "name": name},
        )
        made = cursor.fetchall()
    assert [(column.name, column.is_required or column.is_key) for column in read_table(name).columns] == made


def test_a_column_knows_its_type_its_key_and_what_it_refers_to() -> None:
    columns = {column.name: column for column in read_table("songplays").columns}
    assert columns["songplay_id"] == ColumnDefinition("songplay_id", "CHAR(32)", True, True, None)
    assert columns["song_id"] == ColumnDefinition("song_id", "VARCHAR(32)", False, False, "songs")
    assert columns["song_duration"] == ColumnDefinition("song_duration", "NUMERIC(9, 5)", False, False, None)
    assert [column.name for column in read_table("loaded_files").columns if column.is_key] == ["url", "etag"]


def test_the_diagram_has_every_table_column_and_reference_of_the_star() -> None:
    tables = [read_table(name) for name in STAR]
    drawn = diagram(tables)
    assert [name for name in STAR if f">{name}</text>" not in drawn] == []
    assert [c.name for t in tables for c in t.columns if f">{c.name}<" not in drawn] == []
    assert drawn.count('class="line"') == len(re.findall(r"\|\|--o\{", mermaid(tables))) == 5


def test_the_data_dictionary_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == dictionary(), "make docs writes it again"


def test_the_page_of_the_tables_shows_the_star_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "sql/README.md").read_text(encoding="utf-8")
    assert mermaid([read_table(name) for name in STAR], with_columns=False) in page
