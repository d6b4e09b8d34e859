"""What a person may ask: one statement that every server reads as one, and that does nothing but read."""

import pytest

from sql.questions import questions
from warehouse import UntranslatableSql
from warehouse.reading import require_one_query
from warehouse.typed_sql import with_placeholders


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "WITH a AS (SELECT 1) SELECT * FROM a;",
        "(SELECT 1)",
        "SHOW search_path",
        "EXPLAIN SELECT 1",
        "EXPLAIN VERBOSE WITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT 1;\n-- done\n",
        "SELECT 1 /* ; */ -- $$ ;\r\nFROM t",
        "SELECT '\u00a0; $$ -- /*' AS \"\u00a0; $\", 'it''s', '\\\\', '\\\\n', größe FROM t",
        "SELECT 1, 1.5, .5, 1., 1e5, 1.5E-3, -1, t.a, 2*/* twice */3, %s, 5 %% 2 FROM t",
        "SELECT a::DECIMAL(3, 1), CAST(b AS VARCHAR(3)), COUNT(*) OVER (PARTITION BY (a)) FROM t WHERE (a) IN (1)",
        "WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < %(n)s) SELECT n FROM a AS b (n)",
        "SELECT pg_catalog.UPPER(a), JSON_EXTRACT_PATH_TEXT(b, 'c') FROM t",
    ],
)
def test_one_query_may_be_asked(sql: str) -> None:
    require_one_query(sql)


@pytest.mark.parametrize("name", [each.name for each in questions()])
def test_every_saved_question_may_be_asked(name: str) -> None:
    [text] = [each.text for each in questions() if each.name == name]
    require_one_query(with_placeholders(text)[0])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS a\u00a0$$; DROP TABLE t; SELECT $$",
        "SELECT 1,\u00a0$$; DROP TABLE t; SELECT $$",
        "SELECT 1 AS a$$; DROP TABLE t; SELECT $$",
        "SELECT $$a$$",
        "SELECT $tag$; DROP TABLE t; $tag$",
        "SELECT\u00a01",
        "SELECT\u20031",
        "SELECT\u30001",
        "SELECT\ufeff1",
        "SELECT\u200b1",
        "SELECT\x0b1",
        "SELECT\x851",
        "SELECT 1\x00",
        "SELECT 1 -- \r; DROP TABLE t",
        "SELECT 1\r; DROP TABLE t",
        "SELECT 1 /* /* */ ; DROP TABLE t; -- */ */",
        "SELECT 1 /* /* */ , pg_sleep(1) -- */ */",
        "SELECT 1 /* ; DROP TABLE t",
        "SELECT 1 /* a",
        "SELECT 1 @-- \r, pg_sleep(1)",
        "SELECT 1INTO t",
        "SELECT \u0663f(1)",
        "SELECT '\\'; DROP TABLE t; --'",
        "SELECT E'\\'; DROP TABLE t; --'",
        "SELECT U&'!'; DROP TABLE t; --' UESCAPE '!'",
        "SELECT 'a; DROP TABLE t",
        'SELECT "a; DROP TABLE t',
        "SELECT {# ; DROP TABLE t; #} 1",
        "SELECT 1 \\; DROP TABLE t",
        "SELECT `a`",
        "SELECT 1 WHERE a = $1",
    ],
)
def test_what_servers_may_divide_otherwise_is_refused(sql: str) -> None:
    with pytest.raises(UntranslatableSql, match=r"could be read in two ways|one statement is wanted"):
        require_one_query(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "SELECT 1;;",
        "; SELECT 1",
        "VALUES (1)",
        "TABLE t",
        "DELETE FROM t",
        "COPY t FROM 's3://b'",
        "UNLOAD ('SELECT 1') TO 's3://b' IAM_ROLE default",
        "CALL p()",
        "SET role x",
        "LOCK t",
        "DO 'x'",
        '"SELECT" 1',
        "SELECT 1 INTO t",
        "SELECT * INTO TEMP t FROM u",
        "SELECT a FROM t FOR UPDATE",
        "WITH a AS (SELECT 1) DELETE FROM t",
        "WITH a AS (DELETE FROM t) SELECT 1",
        "WITH a AS (UPDATE t SET a = 1 RETURNING a) SELECT a FROM a",
        "WITH a AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT 1",
        "SELECT 1 UNION ALL (WITH a AS (DELETE FROM t RETURNING 1) SELECT 1)",
        "EXPLAIN DELETE FROM t",
        "EXPLAIN ANALYZE DELETE FROM t",
    ],
)
def test_nothing_but_one_query_may_be_asked(sql: str) -> None:
    with pytest.raises(UntranslatableSql):
        require_one_query(sql)


FUNCTIONS = (
    "pg_terminate_backend", "pg_cancel_backend", "set_config", "dblink", "dblink_exec", "lo_import", "lo_unlink",
    "nextval", "setval", "pg_advisory_lock", "pg_sleep", "pg_read_file", "pg_notify", "query_to_xml",
    "explain_model", "my_procedure", "f_lambda",
)  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "form",
    [
        "SELECT {}(1)",
        "EXPLAIN SELECT {}(1)",
        "SELECT a FROM t WHERE a = (SELECT {} (1))",
        "SELECT pg_catalog.{}(1)",
        'SELECT pg_catalog."{}"(1)',
        'SELECT "{}"(1)',
        "SELECT COUNT(*) FROM {}(1) AS x (a)",
        "SELECT a FROM {}(1) AS (a INT)",
        "SELECT {}/* */(1)",
        "WITH a AS (SELECT 1), b (c) AS (SELECT {}(1)) SELECT c FROM b",
        "SELECT 1 ORDER BY {}(1)",
    ],
)
def test_a_function_with_effects_is_refused(form: str, name: str) -> None:
    with pytest.raises(UntranslatableSql, match="is not among Redshift's functions that a query may use"):
        require_one_query(form.format(name))


def test_a_refusal_points_at_its_place() -> None:
    with pytest.raises(UntranslatableSql, match=r"\\xa0 may be in literals, quoted names and comments only") as refused:
        require_one_query("SELECT a,\u00a0b")
    assert refused.value.position == len("SELECT a,")
