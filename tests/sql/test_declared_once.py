"""Tables and datasets are declared once: what a run does with them all follows, and what one lacks is named here.

Each test names the file to write. `sql/README.md` has recipes for a column, a table and a dataset.
"""

import re
import tomllib
from pathlib import Path

import pytest

import sql
from expectations.running.checks import suite_names
from sql.datasets import DATASETS, LAKE, STAGING
from sql.meanings import ANY, FILE, meaning
from sql.tables import STAR, TABLES, read_sources, read_table

ROOT = Path(__file__).parents[2]
TEMPORARY = re.compile(r"CREATE TEMP TABLE (\w+)")
READ = re.compile(r"\b(?:FROM|JOIN) (\w+)")


def lacking(*files: str) -> list[str]:
    return [f"write {file}" for file in files if not (ROOT / file).is_file()]


def load_text(table: str) -> str:
    return " ".join(sql.statements(f"load/{table}"))


def test_every_suite_has_a_module() -> None:
    assert lacking(*(f"expectations/{name}.py" for name in suite_names())) == []


def test_every_load_has_a_table_and_every_table_a_load_or_something_else_that_fills_it() -> None:
    made = {path.stem for path in (sql.FOLDER / "create").glob("*.sql")}
    assert made == {*TABLES}
    assert lacking(*(f"sql/create/{table}.sql" for table in STAR)) == []
    fills = re.compile(r"\b(?:INSERT INTO|COPY|LOCK TABLE) (\w+)")
    texts = [path.read_text() for path in sql.FOLDER.glob("*/*.sql") if path.parent.name != "migrate"]
    filled = {name for text in texts for name in fills.findall(text)} | {"schema_versions", *LAKE}
    assert [f"write sql/load/{table}.sql" for table in TABLES if table not in {*filled, *STAR}] == []


def test_every_column_has_a_meaning_and_every_meaning_a_column() -> None:
    columns = [(table, column.name) for table in TABLES for column in read_table(table).columns]
    silent = [f"{table}.{name}" for table, name in columns if not meaning(table, name)]
    assert silent == [], "write what they mean into sql/meanings.toml"
    known = tomllib.loads(FILE.read_text(encoding="utf-8"))
    written = {(table, name) for table in known for name in known[table]} - {(ANY, name) for name in known[ANY]}
    assert written - {*columns} == set()
    assert {*known[ANY]} - {name for _, name in columns} == set()


def test_an_audit_holds_what_a_play_has_of_the_lake_against_it() -> None:
    columns = {column.name for column in read_table("songplays").columns}
    compared = {*re.findall(r"\bheld\.(\w+)", " ".join(sql.statements("shadow/plays")))}
    held_by_the_suite = {"songplay_id", "song_id", "artist_id"}
    assert columns - compared == {*held_by_the_suite, "batch_id"}, "compare the others in sql/shadow/plays.sql"


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_dataset_has_its_table_its_copy_its_suites_and_a_load(dataset: str) -> None:
    declared = DATASETS[dataset]
    files = [f"sql/create/{name}.sql" for name in (declared.staging, declared.lake)]
    files.append(f"sql/copy/{declared.staging}.sql")
    assert lacking(*files, f"expectations/{declared.staging}.py", f"expectations/{declared.reconciliation}.py") == []
    readers = [table for table in STAR if declared.lake in read_sources(table)]
    assert readers, f"write a load in sql/load that reads {declared.lake}"
    staged = {column.name: column.type for column in read_table(declared.staging).columns}
    kept = {column.name: column.type for column in read_table(declared.lake).columns}
    assert kept == {**staged, "batch_id": "INTEGER"}, f"sql/create/{declared.lake}.sql has other columns than staging"
    columns = {*staged}
    assert declared.marks <= columns
    assert [other for other in DATASETS.values() if other != declared and other.marks & declared.marks] == []


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("policy", ["reader", "runner-cluster", "runner-serverless"])
def test_a_policy_that_reads_the_lake_reads_all_of_it(policy: str, dataset: str) -> None:
    text = (ROOT / f"deployments/iam/{policy}.json").read_text(encoding="utf-8")
    assert "LAKE_BUCKET" not in text or f"LAKE_BUCKET/{dataset.upper()}_PREFIX/*" in text, f"add {dataset} to {policy}"


@pytest.mark.parametrize("table", STAR)
def test_a_load_says_in_its_header_what_it_reads_so_that_it_runs_after_it(table: str) -> None:
    own = {table, *TEMPORARY.findall(load_text(table))}
    read = {name for name in READ.findall(load_text(table)) if name in TABLES} - own
    assert read == {*read_sources(table)}, f"name in sql/load/{table}.sql, after -- Reads, what it reads"


def test_a_temporary_table_that_another_load_leaves_is_there_before_it_is_read() -> None:
    for place, table in enumerate(STAR):
        left = {name for other in STAR[:place] for name in TEMPORARY.findall(load_text(other))}
        later = {name for other in STAR[place + 1 :] for name in TEMPORARY.findall(load_text(other))} - left
        assert later.isdisjoint(READ.findall(load_text(table)))


@pytest.mark.parametrize("table", STAR)
def test_the_rows_that_a_load_writes_are_counted(table: str) -> None:
    """The batch's rows are told by their batch_id, and held against what the load says that it wrote."""
    columns = {column.name: column for column in read_table(table).columns}
    assert columns["batch_id"].refers_to == "batches", f"sql/create/{table}.sql lacks batch_id"
    *_, last = sql.statements(f"load/{table}")
    answers = re.findall(r"AS (\w+)", last.partition("FROM")[0])
    assert answers == ["rows_written", "rows_added", "rows_removed"], (
        f"sql/load/{table}.sql does not end with its row counts"
    )
    text = load_text(table)
    named = [name for name in ("is_there", "is_removed") if f" AS {name}" not in text]
    assert f"CREATE TEMP TABLE written_{table}\n" in text, f"sql/load/{table}.sql makes no written_{table}"
    assert named == [], f"written_{table} of sql/load/{table}.sql has no {named}, by which a preview names rows"
    [imbalances] = sql.statements("inspect/imbalances", {"star": STAR, "staging": STAGING})
    assert f"FROM {table}\n" in imbalances


@pytest.mark.parametrize("table", STAR)
def test_a_table_of_the_star_has_a_key_by_which_a_row_is_named(table: str) -> None:
    keys = [key for key in read_table(table).keys if key.startswith(("PRIMARY KEY", "UNIQUE"))]
    assert keys, f"declare the key of a row in sql/create/{table}.sql"


def test_tables_come_after_those_that_they_refer_to_and_are_made_from() -> None:
    for tables in (STAR, TABLES):
        for place, table in enumerate(tables):
            refers = {column.refers_to for column in read_table(table).columns} & {*tables}
            assert refers <= {*tables[:place]}
    assert [*STAR] == ["artists", "songs", "time", "users", "songplays"]
    assert [table for table in STAR if not {*read_sources(table)} & {*STAR} <= {*STAR[: STAR.index(table)]}] == []


def test_no_product_code_lists_the_datasets_or_tables_again() -> None:
    rooms = ("cli", "deployments", "expectations", "flows", "lake", "reports", "tasks", "warehouse")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    for names in (DATASETS, STAR, STAGING):
        name = rf"[\"']({'|'.join(names)})[\"']"
        several = re.compile(rf"{name}.{{0,60}}?(?!.\1){name}", re.DOTALL)
        assert [str(path.relative_to(ROOT)) for path in files if several.search(path.read_text())] == []
    fields = re.compile(rf"\b(?:{'|'.join(DATASETS)})_url\b")
    assert [str(path.relative_to(ROOT)) for path in files if fields.search(path.read_text())] == []


def check_everything() -> None:
    """Check all that is here but the policies, which a deployment may give as it likes, without pytest."""
    test_every_suite_has_a_module()
    test_every_column_has_a_meaning_and_every_meaning_a_column()
    test_every_load_has_a_table_and_every_table_a_load_or_something_else_that_fills_it()
    for dataset in DATASETS:
        test_a_dataset_has_its_table_its_copy_its_suites_and_a_load(dataset)
    for table in STAR:
        test_a_load_says_in_its_header_what_it_reads_so_that_it_runs_after_it(table)
        test_the_rows_that_a_load_writes_are_counted(table)
        test_a_table_of_the_star_has_a_key_by_which_a_row_is_named(table)
    test_a_temporary_table_that_another_load_leaves_is_there_before_it_is_read()
