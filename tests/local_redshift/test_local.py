"""A local connection behaves as one to Redshift does: its transactions, its tables, its errors."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import psycopg2.extensions
import pytest
from psycopg2 import errors
from psycopg2.extras import execute_values
from psycopg2.sql import SQL, Identifier

from warehouse import UntranslatableSql, WarehouseConnection, WarehouseError, connect


@pytest.fixture
def other(schema: str, connection: WarehouseConnection) -> Iterator[WarehouseConnection]:
    """Another session in the same schema, which sees only what is committed."""
    with closing(connect("local", schema=schema, read_only=False)) as opened:
        opened.autocommit = True
        yield opened


def run(connection: WarehouseConnection, *statements: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def message(failure: pytest.ExceptionInfo[psycopg2.Error]) -> str:
    return str(failure.value).splitlines()[0]


def test_truncate_commits_the_work_before_it(connection: WarehouseConnection, other: WarehouseConnection) -> None:
    run(connection, "CREATE TABLE a (x INT)", "CREATE TABLE b (x INT)", "INSERT INTO a VALUES (1)")
    connection.commit()
    run(connection, "INSERT INTO b VALUES (2)", "TRUNCATE a")
    connection.rollback()
    assert run(other, "SELECT x FROM a") == []
    assert run(other, "SELECT x FROM b") == [(2,)]


def test_a_copy_after_truncate_loads_all_or_nothing(
    connection: WarehouseConnection, other: WarehouseConnection, tmp_path: Path
) -> None:
    run(connection, "CREATE TABLE a (x INT)", "TRUNCATE a")
    (tmp_path / "a.json").write_text('{"x": 1}{"x": 2}')
    (tmp_path / "b.json").write_text('{"x": "no number"}')
    with pytest.raises(errors.InternalError_, match=r"Load into table 'a' failed\.  Check"):
        run(connection, f"COPY a FROM 'file://{tmp_path}/' IAM_ROLE default JSON 'auto'")
    assert run(other, "SELECT x FROM a") == []
    run(connection, f"COPY a FROM 'file://{tmp_path}/a' IAM_ROLE default JSON 'auto'")
    assert run(other, "SELECT x FROM a ORDER BY x") == [(1,), (2,)]


def test_keys_are_not_enforced(connection: WarehouseConnection) -> None:
    run(connection, "CREATE TABLE t (a INT PRIMARY KEY, b INT UNIQUE REFERENCES t (a))")
    assert run(connection, "INSERT INTO t VALUES (1, 9), (1, 9)", "SELECT a, b FROM t") == [(1, 9), (1, 9)]
    with pytest.raises(errors.NotNullViolation):
        run(connection, "INSERT INTO t VALUES (NULL, 1)")


PARENT = "CREATE TABLE parent (id INT PRIMARY KEY, name VARCHAR(9) UNIQUE)"
CHILD = "CREATE TABLE IF NOT EXISTS child (id INT REFERENCES parent (id), x INT)"


@pytest.mark.parametrize(
    "refer",
    [
        CHILD,
        "CREATE TABLE child (id INT, name VARCHAR(9), CONSTRAINT k FOREIGN KEY (id) REFERENCES parent)",
        "CREATE TABLE child (id INT); ALTER TABLE child ADD FOREIGN KEY (id) REFERENCES parent (id)",
    ],
)
def test_a_table_that_another_refers_to_is_dropped_after_it_or_by_cascade(
    connection: WarehouseConnection, refer: str
) -> None:
    for drops in (["DROP TABLE child", "DROP TABLE parent"], ["DROP TABLE child, parent"]):
        run(connection, PARENT, refer, *drops)
    run(connection, PARENT, refer)
    connection.commit()
    for drop in ("DROP TABLE parent", "DROP TABLE IF EXISTS parent RESTRICT", "DROP TABLE parent, child"):
        with pytest.raises(errors.DependentObjectsStillExist) as failure:
            run(connection, drop)
        assert message(failure) == "cannot drop table parent because other objects depend on it"
        assert failure.value.diag.message_hint == "Use DROP ... CASCADE to drop the dependent objects too."
        connection.rollback()
    run(connection, "DROP TABLE parent CASCADE", "INSERT INTO child (id) VALUES (1)", PARENT, "DROP TABLE parent")
    assert run(connection, "SELECT id FROM child") == [(1,)]


def test_a_reference_goes_with_its_column(connection: WarehouseConnection) -> None:
    run(connection, PARENT, CHILD, CHILD, "ALTER TABLE child DROP COLUMN id", "DROP TABLE parent")


def test_a_table_without_references_from_before_is_left_as_it_is(connection: WarehouseConnection) -> None:
    run(connection, PARENT, "CREATE TABLE child (id INT)", CHILD, "DROP TABLE parent")


@pytest.mark.parametrize(
    ("target", "error", "told"),
    [
        ("nowhere (id)", errors.UndefinedTable, 'relation "nowhere" does not exist'),
        ("parent (x)", errors.UndefinedColumn, 'column "x" referenced in foreign key constraint does not exist'),
    ],
)
def test_what_a_key_refers_to_must_be_there(
    connection: WarehouseConnection, target: str, error: type[Exception], told: str
) -> None:
    run(connection, PARENT)
    with pytest.raises(error, match=told):
        run(connection, f"CREATE TABLE child (id INT REFERENCES {target})")


def test_indexes_for_keys_are_built_once_there_are_rows(connection: WarehouseConnection, tmp_path: Path) -> None:
    built = """
        SELECT indexdef FROM pg_indexes
        WHERE schemaname = CURRENT_SCHEMA() AND indexname NOT LIKE 'due_%' ORDER BY indexname
    """
    table = "CREATE TABLE {} (id INT PRIMARY KEY, a INT REFERENCES t (id), b INT) SORTKEY (id, b)"
    run(connection, table.format("t"), table.format('"T u"'), "ANALYZE t", "INSERT INTO t VALUES (1, 2, 3)")
    assert run(connection, built) == []
    (tmp_path / "1.json").write_text('{"id": 1}')
    run(connection, "ANALYZE t (id)", f"COPY \"T u\" FROM 'file://{tmp_path}/' IAM_ROLE default JSON 'auto'")
    forms = [f"{definition}".partition(" ON ")[2].partition(".")[2] for (definition,) in run(connection, built)]
    assert forms == [
        "\"t u\" USING brin (a, b) WITH (autosummarize='on')",
        '"t u" USING btree (id)',
        "t USING brin (a, b) WITH (autosummarize='on')",
        "t USING btree (id)",
    ]
    connection.notices.clear()
    run(connection, "ANALYZE t", 'ANALYZE "T u"')
    assert (len(run(connection, built)), connection.notices) == (4, [])


@pytest.mark.parametrize(
    ("value", "kept"),
    [("'abcd'", "abcd"), ("'éé'", "éé"), ("'éé   '", "éé"), ("'a' || 'é' || '  '", "aé "), ("NULL", None)],
)
def test_varchar_holds_bytes_and_drops_blanks_beyond_them(
    connection: WarehouseConnection, value: str, kept: str | None
) -> None:
    run(connection, "CREATE TABLE t (v VARCHAR(4))", f"INSERT INTO t VALUES ({value})")
    assert run(connection, "SELECT v FROM t") == [(kept,)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES ('ééé')",
        "INSERT INTO t SELECT 'é' || 'abc'",
        "UPDATE t SET v = v || 'é'",
        "INSERT INTO t SELECT w FROM wide",
        "MERGE INTO t USING wide ON t.v = wide.w WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (wide.w)",
    ],
)
def test_more_bytes_than_a_varchar_holds_fail(connection: WarehouseConnection, statement: str) -> None:
    run(connection, "CREATE TABLE t AS SELECT 'abc'::VARCHAR(4) AS v", "CREATE TABLE wide AS SELECT 'ééé'::TEXT AS w")
    with pytest.raises(errors.StringDataRightTruncation) as failure:
        run(connection, statement)
    assert message(failure) == "value too long for type character varying(4)"


def test_char_holds_single_byte_characters_only(connection: WarehouseConnection) -> None:
    run(connection, "CREATE TABLE t (c CHAR(3))", "INSERT INTO t VALUES ('ab'), ('abc  ')")
    assert run(connection, "SELECT c, c = 'ab' FROM t ORDER BY c") == [("ab ", True), ("abc", False)]
    with pytest.raises(errors.CharacterNotInRepertoire, match="Multibyte character not supported for CHAR"):
        run(connection, "INSERT INTO t VALUES ('é')")


def test_identity_takes_no_values_of_its_own(connection: WarehouseConnection) -> None:
    run(connection, "CREATE TABLE t (id INT IDENTITY(0, 1), a INT)", "INSERT INTO t (a) VALUES (7), (8)")
    run(connection, "INSERT INTO t VALUES (DEFAULT, 9)")
    assert run(connection, "SELECT COUNT(DISTINCT id), MIN(id) FROM t") == [(3, 0)]
    with pytest.raises(errors.GeneratedAlways) as failure:
        run(connection, "INSERT INTO t VALUES (5, 9)")
    assert (message(failure), failure.value.pgcode) == ("cannot set an identity column to a value", "428C9")


def test_a_default_identity_takes_values(connection: WarehouseConnection) -> None:
    run(connection, "CREATE TABLE t (id INT GENERATED BY DEFAULT AS IDENTITY(0, 1), a INT)")
    assert run(connection, "INSERT INTO t VALUES (5, 9)", "SELECT id, a FROM t") == [(5, 9)]


def test_temporary_tables_come_first_and_go_with_their_session(
    connection: WarehouseConnection, other: WarehouseConnection
) -> None:
    run(connection, "CREATE TABLE t AS SELECT 'kept'::TEXT AS a", "CREATE TEMP TABLE t AS SELECT 'mine'::TEXT AS a")
    run(connection, "CREATE TABLE #s AS SELECT 1 AS b", "INSERT INTO #s VALUES (2)")
    connection.commit()
    assert run(connection, "SELECT a, SUM(b) FROM t, #s GROUP BY a") == [("mine", 3)]
    assert run(other, "SELECT a FROM t") == [("kept",)]
    with pytest.raises(errors.UndefinedTable):
        run(other, "SELECT b FROM #s")


def test_a_key_of_a_table_made_from_a_query_must_be_one_of_its_columns(connection: WarehouseConnection) -> None:
    with pytest.raises(errors.UndefinedColumn, match='column "b" of relation "t" does not exist'):
        run(connection, "CREATE TABLE t DISTKEY (b) AS SELECT 1 AS a")


def test_tables_can_be_altered(connection: WarehouseConnection) -> None:
    run(connection, "CREATE TABLE t (a INT, b VARCHAR(3))", "INSERT INTO t VALUES (1, 'x')")
    run(connection, "ALTER TABLE t ADD COLUMN c TEXT ENCODE zstd DEFAULT 'new'", "ALTER TABLE t DROP COLUMN a")
    run(connection, "ALTER TABLE t RENAME COLUMN b TO d", "ALTER TABLE t RENAME TO u")
    assert run(connection, "SELECT * FROM u") == [("x", "new")]
    with pytest.raises(errors.UndefinedColumn):
        run(connection, "ALTER TABLE u ALTER SORTKEY (d, e)")


@pytest.mark.parametrize(
    ("statement", "command"),
    [("VACUUM t", "VACUUM"), ("ALTER TABLE t ALTER COLUMN v TYPE VARCHAR(9)", "ALTER TABLE ALTER COLUMN")],
)
def test_some_statements_run_outside_of_transactions_only(
    connection: WarehouseConnection, other: WarehouseConnection, statement: str, command: str
) -> None:
    run(connection, "CREATE TABLE t (v VARCHAR(3))")
    connection.commit()
    with pytest.raises(errors.ActiveSqlTransaction) as failure:
        run(connection, statement)
    assert message(failure) == f"{command} cannot run inside a transaction block"
    run(other, statement)


MERGE = """
    MERGE INTO t USING s ON t.id = s.id
    WHEN MATCHED THEN {matched} WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name)
"""


@pytest.fixture
def target_and_source(connection: WarehouseConnection) -> WarehouseConnection:
    run(connection, "CREATE TABLE t (id INT, name VARCHAR(9))", "CREATE TABLE s (id INT, name VARCHAR(9))")
    run(connection, "INSERT INTO t VALUES (101, 'Bob'), (102, 'John'), (103, 'Susan')")
    run(connection, "INSERT INTO s VALUES (102, 'Tony'), (103, 'Alice'), (104, 'Bill')")
    return connection


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        (
            MERGE.format(matched="UPDATE SET name = s.name"),
            [(101, "Bob"), (102, "Tony"), (103, "Alice"), (104, "Bill")],
        ),
        (MERGE.format(matched="DELETE"), [(101, "Bob"), (104, "Bill")]),
        (
            "MERGE INTO t USING s AS x ON t.id = x.id REMOVE DUPLICATES",
            [(101, "Bob"), (102, "Tony"), (103, "Alice"), (104, "Bill")],
        ),
    ],
)
def test_merge_updates_or_deletes_what_matches_and_inserts_the_rest(
    target_and_source: WarehouseConnection, statement: str, rows: list[tuple[object, ...]]
) -> None:
    assert run(target_and_source, statement, "SELECT id, name FROM t ORDER BY id") == rows


@pytest.mark.parametrize("matched", ["UPDATE SET name = s.name", "DELETE"])
def test_merge_fails_on_two_matches_for_one_row(target_and_source: WarehouseConnection, matched: str) -> None:
    run(target_and_source, "INSERT INTO s VALUES (102, 'Tom')")
    with pytest.raises(errors.CardinalityViolation) as failure:
        run(target_and_source, MERGE.format(matched=matched))
    assert message(failure) == "Found multiple matches to update the same tuple."
    assert failure.value.pgcode == "21000"


def test_removing_duplicates_needs_the_same_columns(target_and_source: WarehouseConnection) -> None:
    run(target_and_source, "ALTER TABLE s DROP COLUMN name")
    with pytest.raises(errors.SyntaxError, match="must have the same number of columns"):
        run(target_and_source, "MERGE INTO t USING s ON t.id = s.id REMOVE DUPLICATES")


def test_a_conflict_of_snapshots_is_told_as_redshift_tells_it(
    connection: WarehouseConnection, other: WarehouseConnection
) -> None:
    run(connection, "CREATE TABLE t AS SELECT 1 AS a")
    connection.commit()
    run(connection, "BEGIN ISOLATION LEVEL SERIALIZABLE", "SELECT a FROM t")
    run(other, "UPDATE t SET a = 2")
    with pytest.raises(errors.SerializationFailure) as failure:
        run(connection, "UPDATE t SET a = 3")
    assert str(failure.value) == "1023\nDETAIL:  Serializable isolation violation on table in Redshift\n"


def test_settings_that_change_no_result_are_remembered(connection: WarehouseConnection) -> None:
    assert run(connection, "SHOW query_group") == [("",)]
    assert run(connection, "SET query_group TO 'nightly'", "SHOW query_group") == [("nightly",)]
    assert run(connection, "RESET query_group", "SHOW query_group") == [("",)]
    run(connection, "SET enable_case_sensitive_identifier TO off", "SET statement_timeout TO 60000")
    assert run(connection, "SHOW statement_timeout") == [("1min",)]


def test_redshifts_functions_are_found_on_every_search_path(connection: WarehouseConnection, schema: str) -> None:
    run(connection, f"SET search_path TO public, {schema}")
    assert run(connection, "SHOW search_path") == [(f"public, {schema}",)]
    assert run(connection, "SELECT ROUND(2.55::FLOAT, 1), TRUNC(TIMESTAMP '2018-11-01 10:00:00')::VARCHAR(10)") == [
        (2.6, "2018-11-01")
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (a INT PRIMARY KEY)",
        "CREATE TABLE t AS SELECT 1 AS a",
        "SELECT 1 AS a INTO t",
        "CREATE VIEW t AS SELECT 1 AS a",
    ],
)
def test_nothing_is_created_where_the_schema_is_missing(sparkify_home: Path, statement: str) -> None:
    with closing(connect("local", schema="missing", read_only=False)) as connection:
        with pytest.raises(errors.InvalidSchemaName) as failure:
            run(connection, statement)
        assert message(failure) == "no schema has been selected to create in"
        connection.rollback()
        run(connection, "CREATE TEMP TABLE t AS SELECT 1 AS a", "DROP TABLE t")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TABLE redshift.t (a INT)", "permission denied for schema redshift"),
        ("CREATE VIEW redshift.t AS SELECT 1 AS a", "permission denied for schema redshift"),
        (
            "CREATE OR REPLACE VIEW redshift.stl_replacements AS SELECT * FROM redshift.stl_replacements",
            "permission denied for schema redshift",
        ),
        ("SET search_path TO redshift; CREATE TABLE t (a INT)", "no schema has been selected to create in"),
        ("DROP TABLE redshift._load_files CASCADE", "must be owner of _load_files"),
        ("DROP TABLE _load_repairs CASCADE", "must be owner of _load_repairs"),
        ("DROP VIEW redshift.stl_load_errors", "must be owner of stl_load_errors"),
        ("DROP SCHEMA redshift CASCADE", "must be owner of redshift"),
        ("ALTER TABLE redshift._loads ADD COLUMN b INT", "must be owner of _loads"),
        ("ALTER TABLE redshift._loads DROP COLUMN status CASCADE", "must be owner of _loads"),
        ("ALTER TABLE redshift._loads RENAME TO loads", "must be owner of loads"),
        ("COMMENT ON TABLE redshift._loads IS 'x'", "must be owner of _loads"),
        ("INSERT INTO redshift._load_files (query_id) VALUES (1)", "permission denied for relation _load_files"),
        ("UPDATE redshift._loads SET status = 'x'", "permission denied for relation _loads"),
        ("DELETE FROM _load_errors", "permission denied for relation _load_errors"),
        ("TRUNCATE redshift._load_repairs", "permission denied for relation _load_repairs"),
    ],
)
def test_nobody_but_the_emulator_writes_to_its_schema(
    connection: WarehouseConnection, statement: str, said: str
) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.InvalidSchemaName)) as failure:
        run(connection, statement)
    assert message(failure).startswith(said)


def test_a_copy_does_not_load_into_the_emulators_tables(connection: WarehouseConnection, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(
        '{"query_id": 1, "file_name": "f", "line_number": 1, "column_name": "c", "raw_line": "r"}'
    )
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied for relation _load_repairs"):
        run(connection, f"COPY redshift._load_repairs FROM 'file://{tmp_path}/' IAM_ROLE default JSON 'auto'")


def test_a_table_that_was_made_in_the_emulators_schema_before_may_go(
    connection: WarehouseConnection, schema: str
) -> None:
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as emulator:
        emulator.execute("SET LOCAL redshift.emulator TO on; CREATE TABLE redshift.strays AS SELECT 7 AS a")
        emulator.execute("CREATE TABLE redshift.others (a INT); SET LOCAL redshift.emulator TO off")
    assert run(connection, "INSERT INTO strays VALUES (8)", "SELECT SUM(a) FROM strays") == [(15,)]
    run(connection, "DROP TABLE strays", "DROP TABLE redshift.others")


def test_the_emulators_schema_is_nobodys_warehouse() -> None:
    with pytest.raises(WarehouseError, match="schema redshift holds what the local warehouse has of Redshift: name an"):
        connect("local", schema="Redshift", read_only=False)


def test_cursors_take_redshift_sql_too(connection: WarehouseConnection) -> None:
    with connection.cursor("named") as named:
        named.execute("SELECT NVL(%s, 2) UNION ALL SELECT 3", (None,))
        assert named.fetchmany(5) == [(2,), (3,)]
    assert run(connection, "DECLARE c CURSOR FOR SELECT NVL(NULL, 4)", "FETCH NEXT FROM c") == [(4,)]


def test_statements_of_drivers_arrive(connection: WarehouseConnection) -> None:
    run(connection, "CREATE TABLE t (a INT, b TEXT)")
    with connection.cursor() as cursor:
        execute_values(cursor, "INSERT INTO t VALUES %s", [(1, "50% off; NVL("), (2, "\\'")])
        cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(3, "c"), (4, "d")])
        cursor.execute(SQL("INSERT INTO {} VALUES (5, %s)").format(Identifier("T")), ("e",))
        cursor.execute(b"INSERT INTO t VALUES (6, 'f')")
    assert run(connection, "SELECT a, b FROM t ORDER BY a") == [
        (1, "50% off; NVL("), (2, "\\'"), (3, "c"), (4, "d"), (5, "e"), (6, "f"),
    ]  # fmt: skip


def test_what_psycopg2_offers_and_redshift_lacks_is_refused(connection: WarehouseConnection) -> None:
    with connection.cursor() as cursor:
        for refused in (cursor.copy_expert, cursor.copy_from, cursor.copy_to, cursor.callproc):
            with pytest.raises(UntranslatableSql):
                refused("x", "y")


def test_a_schema_may_be_named_in_capitals(connection: WarehouseConnection, schema: str) -> None:
    run(connection, "CREATE TABLE t AS SELECT 1 AS a")
    connection.commit()
    with closing(connect("local", schema=schema.upper())) as opened:
        assert run(opened, "SELECT a FROM t") == [(1,)]


def test_a_borrower_speaks_postgresql(connection: WarehouseConnection) -> None:
    run(connection, "CREATE TABLE t AS SELECT 'a\\\\b' AS a")
    with connection.lend() as lent, lent.cursor() as cursor:
        cursor.execute("SELECT STRING_AGG(a, ',') FROM t WHERE a = %s", ("a\\b",))
        assert cursor.fetchall() == [("a\\b",)]
