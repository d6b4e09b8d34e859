"""The dialect as facts: one Redshift statement, and exactly what PostgreSQL is given; or why it is refused."""

import pytest
from sqlglot import TokenType

from client.statement import Statement, split
from local_redshift.dialect.alter import Alone
from local_redshift.dialect.rewriting import translate_query
from local_redshift.dialect.translation import Copy, translate
from warehouse import UntranslatableSql
from warehouse.reading import require_one_query

PASSED_ON = [
    "SELECT level, COUNT(*) FROM songplays GROUP BY 1",
    "SELECT *   FROM t -- as written, comments too\nWHERE a = %(a)s AND b LIKE 'x%%'",
    "SELECT a %% 2, %s FROM t WHERE b IN %s AND c = %(c)s LIMIT %s",
    "SELECT 'It''s; \\\\ l\\'auto', E'a\\\\b', \"raw\", é /* ; */ FROM t",
    "INSERT INTO t (a) SELECT b FROM s",
    "INSERT INTO t (a, b) VALUES (1, DEFAULT), (2, NULL)",
    "INSERT INTO t DEFAULT VALUES",
    "UPDATE t SET a = s.a FROM s WHERE t.id = s.id",
    "DELETE FROM t USING s WHERE t.id = s.id",
    "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a "
    "WHEN NOT MATCHED THEN INSERT (id, a) VALUES (s.id, s.a)",
    "WITH a AS (SELECT 1 AS b) SELECT b FROM a UNION ALL SELECT 2 ORDER BY b NULLS LAST",
    "SELECT SUM(a) OVER (PARTITION BY b ORDER BY c ROWS UNBOUNDED PRECEDING) FROM t",
    "select sum(a) over (order by b rows between 1 preceding and current row) from t",
    "SELECT a::VARCHAR(3), CAST(b AS DECIMAL(5, 2)), c::timestamp without time zone, DATE '2018-11-01' FROM t",
    "SELECT x.tag, a AS open FROM x",
    "CREATE TABLE t (a INT NOT NULL, b VARCHAR(3) DEFAULT 'x' /* kept */, c TIMESTAMP)",
    "CREATE TABLE t (LIKE s INCLUDING DEFAULTS)",
    "CREATE TEMP TABLE t AS SELECT 1 AS a",
    "CREATE OR REPLACE VIEW v AS SELECT a FROM t",
    "CREATE SCHEMA IF NOT EXISTS s",
    "ALTER TABLE t RENAME COLUMN a TO b",
    "ALTER TABLE t ADD COLUMN a INT DEFAULT 3",
    "ALTER TABLE s.t DROP COLUMN a CASCADE",
    "BEGIN",
    "START TRANSACTION READ ONLY",
    "COMMIT WORK",
    "LOCK TABLE t",
    "ANALYZE",
    "DROP TABLE IF EXISTS s.t, u CASCADE",
    "COMMENT ON COLUMN t.a IS 'x; y'",
    "GRANT SELECT ON t TO PUBLIC",
    "DECLARE c CURSOR FOR SELECT a FROM t",
    "FETCH FORWARD 5 FROM c",
    "CLOSE c",
    "SET statement_timeout TO %s",
    "EXPLAIN DELETE FROM t",
]

TRANSLATED = [
    (
        "CREATE TABLE t (id INTEGER NOT NULL, name VARCHAR(10)) DISTSTYLE KEY DISTKEY (id) SORTKEY (id)",
        "CREATE TABLE t (id INTEGER NOT NULL, name VARCHAR(10));\n"
        'CREATE INDEX IF NOT EXISTS "due_t_id_brin" ON t USING brin ("id") WITH (autosummarize = on) WHERE FALSE',
    ),
    (
        "CREATE TABLE IF NOT EXISTS s.t (id INT ENCODE az64 DISTKEY SORTKEY PRIMARY KEY, t TEXT, v VARCHAR, "
        'm VARCHAR(MAX), d DECIMAL, "N" NVARCHAR(3), b BPCHAR)',
        "CREATE TABLE IF NOT EXISTS s.t (id INT NOT NULL, t VARCHAR(256), v VARCHAR(256), m VARCHAR(65535), "
        'd NUMERIC(18, 0), "n" VARCHAR(3), b CHAR(256));\n'
        'CREATE INDEX IF NOT EXISTS "due_t_id_btree" ON s.t USING btree ("id") WHERE FALSE',
    ),
    (
        "CREATE TABLE t (a INT, b INT REFERENCES o (b), UNIQUE (a, b), FOREIGN KEY (a) REFERENCES o (a))",
        'CREATE TABLE t (a INT, b INT, CONSTRAINT "t_b_fkey" CHECK (TRUE OR ("b") IS NULL) NOT ENFORCED, '
        'CONSTRAINT "t_a_fkey" CHECK (TRUE OR ("a") IS NULL) NOT ENFORCED);\n'
        'CREATE INDEX IF NOT EXISTS "due_t_a_b_btree" ON t USING btree ("a", "b") WHERE FALSE;\n'
        'CREATE INDEX IF NOT EXISTS "due_t_b_a_brin" ON t USING brin ("b", "a") WITH (autosummarize = on) WHERE FALSE'
        ";\nSELECT redshift.refer($name$t$name$, $name$t_b_fkey$name$, $name$o$name$, $name$b$name$);\n"
        "SELECT redshift.refer($name$t$name$, $name$t_a_fkey$name$, $name$o$name$, $name$a$name$)",
    ),
    (
        'ALTER TABLE s.t ADD CONSTRAINT K FOREIGN KEY (a, b) REFERENCES s."O"',
        'ALTER TABLE s.t ADD CONSTRAINT "k" CHECK (TRUE OR ("a", "b") IS NULL) NOT ENFORCED;\n'
        'CREATE INDEX IF NOT EXISTS "t_a_b_brin" ON s.t USING brin ("a", "b") WITH (autosummarize = on);\n'
        'SELECT redshift.refer($name$s.t$name$, $name$k$name$, $name$s."o"$name$)',
    ),
    ('DROP TABLE IF EXISTS s.t, "U"', 'DROP TABLE IF EXISTS s.t;\nDROP TABLE IF EXISTS "u"'),
    (
        "CREATE TABLE t (a INT, b INT, CONSTRAINT pk PRIMARY KEY (a, b))",
        "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL);\n"
        'CREATE INDEX IF NOT EXISTS "due_t_a_b_btree" ON t USING btree ("a", "b") WHERE FALSE',
    ),
    (
        "CREATE TABLE t (k CHAR(32) PRIMARY KEY, a INT, b INT, UNIQUE (a, b)) SORTKEY (k)",
        "CREATE TABLE t (k CHAR(32) NOT NULL, a INT, b INT);\n"
        'CREATE INDEX IF NOT EXISTS "due_t_a_b_btree" ON t USING btree ("a", "b") WHERE FALSE;\n'
        'CREATE INDEX IF NOT EXISTS "due_t_k_brin" ON t USING brin ("k") WITH (autosummarize = on) WHERE FALSE',
    ),
    ("CREATE TABLE t (k VARCHAR(60000) UNIQUE)", "CREATE TABLE t (k VARCHAR(60000))"),  # too wide for an index
    (
        "CREATE TABLE t (id INT IDENTITY(0,1), b BIGINT GENERATED BY DEFAULT AS IDENTITY(10, -2))",
        "CREATE TABLE t (id INT GENERATED ALWAYS AS IDENTITY (START WITH 0 INCREMENT BY 1 MINVALUE 0), "
        "b BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 10 INCREMENT BY -2 MAXVALUE 10))",
    ),
    (
        "CREATE TABLE t (a TIMESTAMP DEFAULT SYSDATE NOT NULL, b VARCHAR(9) DEFAULT NVL('x', 'y') ENCODE lzo)",
        "CREATE TABLE t (a TIMESTAMP DEFAULT redshift.sysdate() NOT NULL, b VARCHAR(9) DEFAULT COALESCE('x', 'y'))",
    ),
    (
        "CREATE TABLE t (a INT) COMPOUND SORTKEY (a) BACKUP NO ENCODE AUTO",
        "CREATE TABLE t (a INT);\n"
        'CREATE INDEX IF NOT EXISTS "due_t_a_brin" ON t USING brin ("a") WITH (autosummarize = on) WHERE FALSE',
    ),
    (
        "CREATE TEMP TABLE x DISTKEY (a) SORTKEY (a) AS SELECT a FROM t",
        'CREATE TEMP TABLE x AS SELECT a FROM t;\nALTER TABLE x ALTER COLUMN "a" SET STATISTICS -1',
    ),
    ("CREATE TABLE #x (a INT)", 'CREATE TEMP TABLE "#x" (a INT)'),
    ("SELECT a INTO #X FROM #y", 'SELECT a INTO TEMP "#x" FROM "#y"'),
    ("INSERT INTO #x SELECT 1", 'INSERT INTO "#x" SELECT 1'),
    (
        "ALTER TABLE t ALTER DISTKEY a, ALTER SORTKEY (a, b)",
        'ALTER TABLE t ALTER COLUMN "a" SET STATISTICS -1;\n'
        'ALTER TABLE t ALTER COLUMN "a" SET STATISTICS -1;\n'
        'ALTER TABLE t ALTER COLUMN "b" SET STATISTICS -1',
    ),
    ("ALTER TABLE t ALTER DISTSTYLE ALL", "ALTER TABLE t RESET (fillfactor)"),
    ("ALTER TABLE t ADD a TEXT ENCODE zstd", "ALTER TABLE t ADD a VARCHAR(256)"),
    ("ALTER TABLE t ADD PRIMARY KEY (a)", 'CREATE INDEX IF NOT EXISTS "t_a_btree" ON t USING btree ("a")'),
    ('SELECT NVL(a, b) FROM "T"', 'SELECT COALESCE(a, b) FROM "t"'),
    ("SELECT NVL2(a, NVL(b, 1), 2)", "SELECT CASE WHEN (a) IS NOT NULL THEN COALESCE(b, 1) ELSE 2 END"),
    ("SELECT DECODE(a, 1, 'x', 'y')", "SELECT CASE a WHEN 1 THEN 'x' ELSE 'y' END"),
    (
        "SELECT DECODE(a, NULL, 'x', b, 'y')",
        "SELECT CASE WHEN (a) IS NOT DISTINCT FROM (NULL) THEN 'x' WHEN (a) IS NOT DISTINCT FROM (b) THEN 'y' END",
    ),
    ("SELECT DATEADD(m, -1, GETDATE())", "SELECT redshift.date_add('minute', -1, redshift.getdate())"),
    ("SELECT DATEDIFF('qtr', a, SYSDATE)", "SELECT redshift.date_diff('quarter', a, redshift.sysdate())"),
    (
        "SELECT EXTRACT(weekday FROM a), EXTRACT(epoch FROM a), DATE_PART(dw, a)",
        "SELECT redshift.date_part('dow', a), redshift.date_part(a), redshift.pgdate_part('dow', a)",
    ),
    ("SELECT DATE_TRUNC('weeks', a)", "SELECT redshift.date_trunc('week', a)"),
    ("SELECT a::text, CAST(b AS VARCHAR)", "SELECT a::VARCHAR(256), CAST(b AS VARCHAR(256))"),
    ("SELECT CONVERT(DECIMAL, a)", "SELECT CAST(a AS NUMERIC(18, 0))"),
    ("SELECT a NOT ILIKE 'x'", "SELECT a NOT ILIKE '' COLLATE \"C\" || 'x'"),
    ("SELECT a || b || 'x' || c, 'x' || 'y'", "SELECT a || '' || b || 'x' || c, 'x' || 'y'"),
    ("SELECT CONCAT(a, NVL(b, 1))", "SELECT redshift.concat((a) || '', (COALESCE(b, 1)) || '')"),
    (
        "SELECT SUBSTRING(a, 2), SUBSTRING(a FROM 2), SUBSTRING(NVL(a, b) FROM 2 FOR 3)",
        "SELECT redshift.substring(a, 2), redshift.substring(a, 2), redshift.substring(COALESCE(a, b), 2, 3)",
    ),
    (
        "SELECT TRIM(a), TRIM(BOTH FROM a), TRIM('x' FROM a), TRIM(LEADING 'x' FROM a), TRIM(TRAILING FROM a)",
        "SELECT BTRIM(a), BTRIM(a), BTRIM(a, 'x'), LTRIM(a, 'x'), RTRIM(a)",
    ),
    ("SELECT POSITION('a' IN NVL(b, c))", "SELECT redshift.position('a', COALESCE(b, c))"),
    (
        "SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY a DESC) OVER (PARTITION BY b) FROM t",
        "SELECT redshift.percentile_cont(redshift._share(0.75, a)) OVER (PARTITION BY b) FROM t",
    ),
    ("SHOW TABLES FROM SCHEMA S", "SELECT * FROM redshift.show_tables(NULL, 's', NULL)"),
    (
        "SHOW TABLES FROM SCHEMA db.\"It's\" LIKE 'a%%' LIMIT 5",
        "SELECT * FROM redshift.show_tables('db', 'it''s', 'a%%') LIMIT 5",
    ),
    ("SHOW COLUMNS FROM TABLE s.t LIKE 'a'", "SELECT * FROM redshift.show_columns(NULL, 's', 't', 'a')"),
    ("SELECT 1 MINUS SELECT 2", "SELECT 1 EXCEPT SELECT 2"),
    ("SELECT APPROXIMATE COUNT(DISTINCT a)", "SELECT COUNT(DISTINCT a)"),
    (
        "SELECT LISTAGG(DISTINCT a, ',') WITHIN GROUP (ORDER BY a DESC) FROM t",
        "SELECT redshift.listagg(DISTINCT a, ',' ORDER BY a DESC) FROM t",
    ),
    (
        "SELECT RATIO_TO_REPORT(a) OVER (PARTITION BY b) FROM t",
        "SELECT redshift.ratio_to_report(a, SUM(a) OVER (PARTITION BY b)) FROM t",
    ),
    (
        "SELECT DISTINCT TOP 3 a FROM (SELECT TOP 9 a FROM t ORDER BY b) ORDER BY a",
        "SELECT DISTINCT a FROM (SELECT a FROM t ORDER BY b LIMIT 9) ORDER BY a LIMIT 3",
    ),
    (
        "SELECT a, b AS c FROM t x WHERE d > %(d)s "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) = 1 ORDER BY c, d",
        'SELECT _0 AS "a", _1 AS "c" FROM (SELECT a AS _0, b AS _1, d AS _order0, '
        "(ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) = 1) AS _qualifies FROM t x WHERE d > %(d)s) AS _qualified "
        "WHERE _qualifies ORDER BY c, _order0",
    ),
    (
        "SELECT * FROM t x QUALIFY COUNT(*) OVER () > 1",
        "SELECT (_qualified._0).* FROM (SELECT x.*::record AS _0, (COUNT(*) OVER () > 1) AS _qualifies FROM t x) "
        "AS _qualified WHERE _qualifies",
    ),
    ("DELETE t WHERE a = 1", "DELETE FROM t WHERE a = 1"),
    (
        "MERGE INTO t USING s x ON t.a = x.a REMOVE DUPLICATES",
        "DELETE FROM t USING s x WHERE t.a = x.a;\n"
        "INSERT INTO t SELECT * FROM t WHERE FALSE UNION ALL SELECT x.* FROM s x",
    ),
    ("TRUNCATE TABLE t", "TRUNCATE TABLE t;\nCOMMIT"),
    ("VACUUM SORT ONLY t TO 75 PERCENT", "VACUUM t"),
    ("VACUUM", "VACUUM"),
    ("ANALYZE t PREDICATE COLUMNS", "SELECT redshift.build_indexes($name$t$name$);\nANALYZE t"),
    (
        'ANALYZE VERBOSE s."T" (a, b)',
        'SELECT redshift.build_indexes($name$s."t"$name$);\nANALYZE VERBOSE s."t" (a, b)',
    ),
    ("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
    ("SET search_path TO sparkify", "SET search_path TO sparkify, redshift"),
    ('SET search_path TO "Sales 2018", public', 'SET search_path TO "sales 2018", public, redshift'),
    ('CREATE SCHEMA "Sales 2018"', 'CREATE SCHEMA "sales 2018"'),
    ("SET query_group TO 'nightly'", "SET redshift.query_group TO 'nightly'"),
    ("EXPLAIN VERBOSE SELECT NVL(1, 2)", "EXPLAIN VERBOSE SELECT COALESCE(1, 2)"),
    ("DECLARE c CURSOR FOR SELECT NVL(1, 2)", "DECLARE c CURSOR FOR SELECT COALESCE(1, 2)"),
    ("SELECT 1; SELECT 2;", "SELECT 1;\nSELECT 2"),
]

COLUMNS = {'"t"': {"a", "b"}, '"s"."u"': {"c"}, '"#x"': {"d"}}
ALIASES = [
    (
        "SELECT a + 1 AS x, x * 2 AS y, y - x AS z FROM t",
        "SELECT a + 1 AS x, (a + 1) * 2 AS y, ((a + 1) * 2) - (a + 1) AS z FROM t",
    ),
    ("SELECT a * 2 AS b, b + 1 FROM t", "SELECT a * 2 AS b, b + 1 FROM t"),  # b is a column of t
    ("SELECT c AS b, b + 1 FROM s.U", "SELECT c AS b, (c) + 1 FROM s.U"),
    ("SELECT a \"X\", x || 'y' FROM t", "SELECT a \"x\", (a) || 'y' FROM t"),
    ("SELECT DISTINCT TOP 2 a AS x, x FROM t", "SELECT DISTINCT a AS x, (a) FROM t LIMIT 2"),
    ("SELECT t.a AS x, t.x FROM t", "SELECT t.a AS x, t.x FROM t"),
    (
        "SELECT NVL(a, 0) AS x, CASE WHEN x > 1 THEN SUM(x) OVER (PARTITION BY x) END AS y FROM t",
        "SELECT COALESCE(a, 0) AS x, CASE WHEN (COALESCE(a, 0)) > 1 THEN SUM((COALESCE(a, 0))) "
        "OVER (PARTITION BY (COALESCE(a, 0))) END AS y FROM t",
    ),
    (
        "SELECT COUNT(*) AS n, n / 2.0 AS half FROM t GROUP BY a",
        "SELECT COUNT(*) AS n, (COUNT(*)) / 2.0 AS half FROM t GROUP BY a",
    ),
    (
        "WITH w AS (SELECT a AS x FROM t) SELECT 1 AS x, x + 1 FROM w",
        "WITH w AS (SELECT a AS x FROM t) SELECT 1 AS x, x + 1 FROM w",
    ),
    (
        "WITH w (q) AS (SELECT a FROM t) SELECT 1 AS x, x, 2 AS q, q FROM w",
        "WITH w (q) AS (SELECT a FROM t) SELECT 1 AS x, (1), 2 AS q, q FROM w",
    ),
    (
        "WITH w AS (SELECT * FROM t), v AS (SELECT * FROM w) SELECT 1 AS b, b, 2 AS x, x FROM v",
        "WITH w AS (SELECT * FROM t), v AS (SELECT * FROM w) SELECT 1 AS b, b, 2 AS x, (2) FROM v",
    ),
    (
        "SELECT 1 AS c, c, 2 AS q, q FROM (SELECT a AS q FROM t UNION SELECT 2) x",
        "SELECT 1 AS c, (1), 2 AS q, q FROM (SELECT a AS q FROM t UNION SELECT 2) x",
    ),
    ("SELECT 1 AS q, q, 2 AS a, a FROM t AS x (q)", "SELECT 1 AS q, q, 2 AS a, a FROM t AS x (q)"),
    ("SELECT 1 AS c, c FROM t JOIN s.u ON a = c", "SELECT 1 AS c, c FROM t JOIN s.u ON a = c"),
    ("SELECT 1 AS x, x, (SELECT MAX(x) FROM t) FROM t", "SELECT 1 AS x, (1), (SELECT MAX(x) FROM t) FROM t"),
    ("SELECT 1 AS x, x FROM nosuch", "SELECT 1 AS x, x FROM nosuch"),
    ("SELECT 1 AS d, d, 2 AS a, a FROM #X", 'SELECT 1 AS d, d, 2 AS a, (2) FROM "#x"'),
    ("INSERT INTO t SELECT 1 AS x, x + 1", "INSERT INTO t SELECT 1 AS x, (1) + 1"),
    (
        "SELECT EXTRACT(day FROM a) AS day, DATEADD(day, day, a) FROM t",
        "SELECT redshift.date_part('day', a) AS day, "
        "redshift.date_add('day', (redshift.date_part('day', a)), a) FROM t",
    ),
    (
        "SELECT a, RANK() OVER (ORDER BY a) AS place FROM t x QUALIFY place = 1",
        'SELECT _0 AS "a", _1 AS "place" FROM (SELECT a AS _0, RANK() OVER (ORDER BY a) AS _1, '
        "((RANK() OVER (ORDER BY a)) = 1) AS _qualifies FROM t x) AS _qualified WHERE _qualifies",
    ),
]

ELSE = "WHEN NOT MATCHED THEN INSERT VALUES (1)"
REFUSED = [
    # what Redshift has and the local warehouse does not
    ("UNLOAD ('SELECT 1') TO 's3://b/x'", "UNLOAD is not emulated by the local warehouse (line 1, column 1: UNLOAD"),
    ("CALL p()", "CALL is not emulated"),
    ("PREPARE p AS SELECT 1", "PREPARE is not emulated"),
    ("CREATE PROCEDURE p() AS $$ $$", "CREATE PROCEDURE is not emulated"),
    ("CREATE FUNCTION f() RETURNS INT STABLE AS $$ 1 $$ LANGUAGE sql", "CREATE FUNCTION is not emulated"),
    ("CREATE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED is not emulated"),
    ("CREATE VIEW v AS SELECT 1 WITH NO SCHEMA BINDING", "WITH NO SCHEMA BINDING is not emulated"),
    ("CREATE TABLE t (a SUPER)", 'column "a": type SUPER is not emulated'),
    ("CREATE TABLE t (a VARCHAR(3) COLLATE CASE_INSENSITIVE)", "COLLATE CASE_INSENSITIVE here, or it is not emulated"),
    ("ALTER TABLE t APPEND FROM s", "ALTER TABLE APPEND is not emulated"),
    ("ALTER TABLE t DROP CONSTRAINT k", "ALTER TABLE DROP CONSTRAINT is not emulated"),
    ("ANALYZE COMPRESSION t", "ANALYZE COMPRESSION"),
    ("SET enable_case_sensitive_identifier TO true", "enable_case_sensitive_identifier is not emulated"),
    ("SET spectrum_enable_pseudo_columns TO false", "setting spectrum_enable_pseudo_columns is not emulated"),
    ("SHOW TABLES", "SHOW TABLES: write SHOW TABLES FROM SCHEMA database.schema [LIKE 'pattern'] [LIMIT n]"),
    ("SHOW TABLES FROM SCHEMA a LIKE b", "SHOW TABLES: write SHOW TABLES FROM SCHEMA database.schema"),
    ("SHOW COLUMNS FROM TABLE a", "SHOW COLUMNS: write SHOW COLUMNS FROM TABLE database.schema.table"),
    ("SHOW DATABASES", "SHOW DATABASES is not emulated"),
    ("SELECT PERCENTILE_CONT(a) WITHIN GROUP (ORDER BY a) FROM t", "PERCENTILE_CONT takes a constant from 0 to 1"),
    ("SELECT PERCENTILE_CONT(1.1) WITHIN GROUP (ORDER BY a) FROM t", "PERCENTILE_CONT takes a constant from 0 to 1"),
    ("SELECT PERCENTILE_CONT(0.5) FROM t", "PERCENTILE_CONT needs WITHIN GROUP (ORDER BY …)"),
    (
        "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a) OVER (ORDER BY b) FROM t",
        "PERCENTILE_CONT takes no ORDER BY in OVER",
    ),
    (
        "SELECT PERCENTILE_CONT(0.6) WITHIN GROUP (ORDER BY a), MEDIAN(b) FROM t",
        "within group ORDER BY clauses for aggregate functions must be the same",
    ),
    (
        "SELECT LISTAGG(a) WITHIN GROUP (ORDER BY a, b), LISTAGG(a) WITHIN GROUP (ORDER BY b, a) FROM t",
        "within group ORDER BY clauses for aggregate functions must be the same",
    ),
    ("SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a, b) FROM t", "PERCENTILE_CONT sorts by one expression"),
    ("SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a DESC NULLS LAST) FROM t", "without NULLS FIRST or NULLS"),
    ("SELECT PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY a) FROM t", "PERCENTILE_DISC is not emulated"),
    ("SELECT a FROM t, UNNEST(b) x", "UNNEST is for SUPER, which is not emulated"),
    ("SELECT CONCAT(a, b, c) FROM t", "CONCAT takes 2 arguments on Redshift, not 3: write a || b || c"),
    ("SELECT DATE_DIFF(day, a, b) FROM t", "DATE_DIFF: write the part of the date in quotes, such as 'day'"),
    ("SELECT DATE_ADD('fortnight', 1, b) FROM t", "DATE_ADD: fortnight is no part of a date that it takes"),
    ("SELECT * FROM t QUALIFY COUNT(*) OVER () > 1", "QUALIFY right after FROM needs an alias on Redshift"),
    ("SELECT * FROM s JOIN t ON s.a = t.a, u QUALIFY COUNT(*) OVER () > 1", "QUALIFY right after FROM needs an alias"),
    ("SELECT FARMFINGERPRINT64('a')", "FARMFINGERPRINT64() is not among Redshift's functions that the local"),
    ("SELECT FUNC_SHA1('a')", "FUNC_SHA1() is not among"),
    ("SELECT JSON_EXTRACT_PATH_TEXT('{}', 'a')", "its JSON functions are not emulated"),
    ("SELECT * FROM t PIVOT (COUNT(a) FOR b IN (1))", "PIVOT is not emulated"),
    ("SELECT * EXCLUDE (a) FROM t", "* EXCLUDE is not emulated"),
    ("SELECT FIRST_VALUE(a) IGNORE NULLS OVER (ORDER BY b ROWS UNBOUNDED PRECEDING) FROM t", "IGNORE NULLS is not"),
    ("SELECT a FROM t WHERE a = b (+)", "the outer join mark (+) is not emulated"),
    ("SELECT a FROM t START WITH a = 1 CONNECT BY PRIOR a = b", "CONNECT BY is not emulated"),
    ("SELECT TOP 1 a FROM t UNION SELECT 2", "TOP and QUALIFY in one side of a set operation are not emulated"),
    ("SELECT a + 1 FROM t x QUALIFY COUNT(*) OVER () > 1", "QUALIFY: give a + 1 a name with AS"),
    ("SELECT %s AS x, x + 1", "%s cannot stand in %s: name it, as in %(name)s"),
    ("SELECT a FROM t x QUALIFY COUNT(*) OVER () > %s", "%s cannot stand in QUALIFY COUNT(*) OVER () > %s: name it"),
    ("SELECT LISTAGG(DISTINCT a) WITHIN GROUP (ORDER BY a) OVER (PARTITION BY b) FROM t", "LISTAGG(DISTINCT …) OVER"),
    ("SELECT REGEXP_SUBSTR(a, 'b') FROM t WHERE a ~ '(?i)x'", "look-around, non-greedy and back references"),
    # what PostgreSQL has and Redshift does not
    ("SELECT 1;\nCREATE INDEX i ON t (a)", "CREATE INDEX is not emulated by the local warehouse (line 2, column 1"),
    ("CREATE TRIGGER x", "CREATE TRIGGER is not emulated"),
    ("CREATE SEQUENCE s", "CREATE SEQUENCE is not emulated"),
    ("CREATE UNLOGGED TABLE t (a INT)", "CREATE UNLOGGED TABLE is not Redshift's"),
    ("CREATE TABLE t (a INT CHECK (a > 0))", "Redshift has no CHECK"),
    ("CREATE TABLE t (a INT, CHECK (a > 0))", "Redshift has no CHECK"),
    ("CREATE TABLE t (a UUID)", 'column "a": type UUID is not emulated'),
    ("CREATE TABLE t (a SERIAL)", 'column "a": type SERIAL is not emulated'),
    ("CREATE TABLE t (a JSONB)", 'column "a": type JSONB is not emulated'),
    ("CREATE TABLE t (a INT[])", 'column "a": Redshift has no []'),
    ("CREATE TABLE t (a INT GENERATED ALWAYS AS (1) STORED)", 'column "a": write IDENTITY(seed, step)'),
    ("CREATE TABLE t (a INT) INHERITS (s)", "INHERITS ( is no attribute of a table"),
    ("CREATE TABLE t (LIKE s INCLUDING ALL)", "LIKE … INCLUDING ALL is not Redshift's"),
    ("CREATE TABLE IF NOT EXISTS t AS SELECT 1", "takes no IF NOT EXISTS"),
    ("SELECT a IS NOT DISTINCT FROM b FROM t", "Redshift has no IS NOT DISTINCT FROM: write"),
    ("SELECT STRING_AGG(a, ',') FROM t", "STRING_AGG() is not among Redshift's functions that the local warehouse"),
    ("SELECT ARRAY_AGG(a) FROM t", "ARRAY_AGG() is not among"),
    ("SELECT * FROM GENERATE_SERIES(1, 2)", "GENERATE_SERIES() is not among"),
    ("SELECT PG_SLEEP(1)", "PG_SLEEP() is not among"),
    ("SELECT redshift._refuse('x')", "redshift._refuse() is not among"),
    ("SELECT * FROM (VALUES (1)) AS x (a)", "Redshift has no VALUES as a table"),
    ("VALUES (1)", "VALUES is not emulated"),
    ("SELECT ARRAY[1]", "Redshift has no arrays"),
    ("SELECT a FROM t WHERE a = ANY('{1}')", "Redshift has no ANY (array)"),
    ("SELECT a->'b' FROM t", "Redshift has no JSON operators"),
    ("SELECT a::uuid FROM t", "type UUID is not emulated"),
    ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "Redshift has no ON CONFLICT: use MERGE"),
    ("INSERT INTO t VALUES (1) RETURNING a", "Redshift has no RETURNING"),
    ("INSERT INTO t AS x (a) VALUES (1)", "Redshift takes no alias in INSERT INTO"),
    ("INSERT INTO t VALUES (1), ((SELECT 2))", "Redshift takes no subquery in VALUES of several rows"),
    ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "Redshift takes WITH after INSERT INTO t"),
    ("WITH x AS (DELETE FROM t) SELECT 1", "Redshift has no WITH … AS (INSERT, UPDATE or DELETE)"),
    ("WITH x AS MATERIALIZED (SELECT 1) SELECT * FROM x", "Redshift has no [NOT] MATERIALIZED"),
    ("WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a FROM x) SELECT * FROM x", "a recursive WITH needs a list"),
    ("UPDATE t SET (a, b) = (1, 2)", "Redshift sets one column at a time"),
    ("UPDATE t SET a = 1 FROM s LEFT JOIN u ON s.a = u.a", "Redshift takes no outer join in UPDATE … FROM"),
    ("DELETE FROM t AS x WHERE x.a = 1", "Redshift takes no alias in DELETE FROM"),
    ("SELECT a FROM t, LATERAL (SELECT 1) x", "Redshift has no LATERAL"),
    ("SELECT COUNT(*) FILTER (WHERE a = 1) FROM t", "Redshift has no FILTER"),
    ("SELECT DISTINCT ON (a) b FROM t", "Redshift has no DISTINCT ON"),
    ("SELECT a FROM t FOR UPDATE", "Redshift has no FOR UPDATE"),
    ("SELECT a FROM t FETCH FIRST 1 ROW ONLY", "Redshift has no FETCH FIRST: write LIMIT"),
    ("SELECT a FROM t EXCEPT ALL SELECT 1", "Redshift has no EXCEPT ALL"),
    ("(SELECT a FROM t LIMIT 1) UNION SELECT 2", "LIMIT may not be used within input to set operations"),
    ("SELECT a FROM t TABLESAMPLE SYSTEM (1)", "Redshift has no TABLESAMPLE"),
    ("SELECT a ~* 'x' FROM t", "Redshift has no ~*"),
    ("SELECT a COLLATE \"C\" FROM t", "COLLATE is not emulated"),
    ("SELECT a BETWEEN SYMMETRIC 1 AND 2 FROM t", "Redshift has no BETWEEN SYMMETRIC"),
    ("SELECT SUM(a) OVER (ORDER BY b) FROM t", "SUM OVER (… ORDER BY …) needs a frame on Redshift"),
    ("SELECT SUM(a) OVER (ORDER BY b RANGE UNBOUNDED PRECEDING) FROM t", "Redshift's frames are ROWS frames"),
    ("SELECT SUM(a) OVER w FROM t WINDOW w AS (PARTITION BY b)", "Redshift has no WINDOW clause"),
    ("SELECT LAG(a, 1, 0) OVER (ORDER BY b) FROM t", "Redshift's LAG takes no default"),
    ("SELECT MEDIAN(a) OVER (ORDER BY b) FROM t", "MEDIAN takes no ORDER BY in OVER"),
    ("SELECT CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP runs on Redshift's leader node only: use SYSDATE or GETDATE()"),
    ("SELECT NOW()", "that the local warehouse knows: use SYSDATE or GETDATE()"),
    ("SELECT CAST('on' AS BOOLEAN)", "'on' is no BOOLEAN on Redshift"),
    ("SELECT $$a$$", "a string in dollar signs is not Redshift's"),
    ("SELECT X'ab'", "X'…' is not Redshift's"),
    ("SELECT tag FROM t", 'tag is a reserved word on Redshift: write "tag"'),
    ("CREATE TABLE t (tag INT)", 'tag cannot name a column on Redshift: write "tag"'),
    ("CREATE TABLE t (xmin INT)", "xmin cannot name a column on Redshift: choose another"),
    (f"SELECT 1 AS a{'b' * 63}", "has 64 bytes: Redshift keeps 127 of a name, the local warehouse 63"),
    ("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", "MERGE needs WHEN MATCHED THEN …, then WHEN NOT"),
    (
        f"MERGE INTO t USING s ON t.a = s.a WHEN MATCHED AND s.b = 1 THEN DELETE {ELSE}",
        "MERGE takes neither AND nor BY SOURCE in WHEN",
    ),
    (
        f"MERGE INTO t x USING s ON x.a = s.a WHEN MATCHED THEN DELETE {ELSE}",
        "MERGE takes no alias on its target",
    ),
    (
        f"MERGE INTO t USING (SELECT 1 AS a) s ON t.a = s.a WHEN MATCHED THEN DELETE {ELSE}",
        "MERGE takes a table as its source: put the query into a temporary table",
    ),
    (
        f"MERGE INTO t USING s ON t.a > s.a WHEN MATCHED THEN DELETE {ELSE}",
        "MERGE takes equal predicates only",
    ),
    (
        "WITH s AS (SELECT 1 AS a) MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE "
        + ELSE,
        "MERGE cannot follow WITH",
    ),
    ("ROLLBACK TO SAVEPOINT x", "Redshift has no ROLLBACK TO SAVEPOINT"),
    ("SAVEPOINT x", "SAVEPOINT is not emulated"),
    ("LOCK t IN SHARE MODE", "Redshift's LOCK takes no mode"),
    ("TRUNCATE t, u", "TRUNCATE takes one table and no options"),
    ("TRUNCATE t CASCADE", "TRUNCATE takes one table and no options"),
    ("VACUUM (FULL) t", "VACUUM takes FULL, SORT ONLY"),
    ("EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN ANALYZE is not Redshift's"),
    ("DECLARE c SCROLL CURSOR FOR SELECT 1", "DECLARE: write DECLARE name CURSOR FOR"),
    ("BEGIN DEFERRABLE", "BEGIN takes an isolation level"),
    ("RESET ALL", "RESET ALL is not emulated"),
    ("SET default_transaction_isolation TO 'serializable'", "setting default_transaction_isolation is not emulated"),
    ("DROP INDEX i", "this form of DROP is not Redshift's"),
    ("DO $$ BEGIN END $$", "DO is not emulated"),
    # what is wrong on both
    ("CREATE TABLE t (a INT) DISTKEY (b)", 'column "b" named in a key, DISTKEY or SORTKEY does not exist'),
    ("CREATE TABLE t (a INT) DISTSTYLE SOMEHOW", "DISTSTYLE SOMEHOW is not one of"),
    ("CREATE TABLE t (a INT) DISTSTYLE KEY", "DISTSTYLE KEY needs a DISTKEY"),
    ("CREATE TABLE t (a INT DISTKEY, b INT DISTKEY)", "a table has one DISTKEY, not 2"),
    ("CREATE TABLE t (a INT ENCODE zip)", "ENCODE ZIP is not one of"),
    ("CREATE TABLE t (a VARCHAR(70000))", "VARCHAR holds 1 to 65535 bytes"),
    ("CREATE TABLE t (a DECIMAL(39, 0))", "precision is 1 to 38"),
    ("CREATE TABLE t (a TEXT IDENTITY(0, 1))", 'column "a": IDENTITY is for INT or BIGINT'),
    ("ALTER TABLE t ADD COLUMN a INT NOT NULL", "ADD COLUMN … NOT NULL needs a DEFAULT"),
    ("SELECT DATEADD(fortnight, 1, a) FROM t", "DATEADD: fortnight is no part of a date that it takes"),
    ("SELECT FROM WHERE", "the statement cannot be read"),
    ("SELECT 'unfinished", "cannot be read"),
    ("SELECT (1", "the statement cannot be read"),
    ("SELECT a FROM t JOIN", "the statement cannot be read: Expected table name near 'JOIN' (line 1, column 1"),
    ("SELECT a FROM t GROUP a", "the statement cannot be read: something is unexpected near 'a'"),
    ("INSERT INTO", "the statement cannot be read: Expected table name near 'INTO'"),
    ("SELECT FROM t", "SELECT needs a list of columns"),
    ("CREATE TABLE", "the statement ends too soon: CREATE TABLE"),
    ("CREATE TABLE t (a)", "the statement ends too soon: CREATE TABLE t (a)"),
]  # fmt: skip


@pytest.mark.parametrize("sql", PASSED_ON)
def test_what_both_engines_agree_on_is_passed_on_as_written(sql: str) -> None:
    assert translate(sql) == (sql,)


@pytest.mark.parametrize(("sql", "expected"), TRANSLATED)
def test_what_they_disagree_on_is_translated(sql: str, expected: str) -> None:
    assert translate(sql) == (expected,)


@pytest.mark.parametrize(("sql", "expected"), ALIASES)
def test_an_alias_stands_for_its_expression_unless_from_has_the_column(sql: str, expected: str) -> None:
    assert translate(sql, COLUMNS.get) == (expected,)


def test_what_an_alias_stands_for_is_asked_each_time() -> None:
    sql = "SELECT 1 AS a, a FROM t"
    assert [translate(sql, {'"t"': {column}}.get) for column in ("a", "b")] == [(sql,), ("SELECT 1 AS a, (1) FROM t",)]


@pytest.mark.slow
def test_aliases_of_aliases_that_grow_without_end_are_refused() -> None:
    doubled = ", ".join(f"a{number} + a{number} AS a{number + 1}" for number in range(60))
    with pytest.raises(UntranslatableSql, match="aliases of aliases grow to more than 1,000,000 characters"):
        translate(f"SELECT 1 AS a0, {doubled}")


@pytest.mark.parametrize(("sql", "reason"), REFUSED)
def test_what_cannot_be_translated_is_refused_with_its_reason(sql: str, reason: str) -> None:
    with pytest.raises(UntranslatableSql) as refusal:
        translate(sql)
    assert reason in str(refusal.value)


def test_a_refusal_names_its_place_in_the_text() -> None:
    with pytest.raises(UntranslatableSql) as refusal:
        translate("SELECT 1;\n  -- ü\n  SELECT NOW()\n  FROM t")
    assert str(refusal.value) == (
        "NOW() is not among Redshift's functions that the local warehouse knows: use SYSDATE or GETDATE() "
        "(line 3, column 3: SELECT NOW() FROM t)"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 5000 + "1" + ")" * 5000,
        "SELECT " + "NVL(" * 500 + "a" + ", 0)" * 500,
        "SELECT a FROM (" * 500 + "SELECT 1 AS a" + ") x" * 500,
    ],
)
def test_what_is_nested_too_deeply_is_refused(sql: str) -> None:
    with pytest.raises(UntranslatableSql, match="the statement is nested too deeply for the local warehouse"):
        translate(sql)
    with pytest.raises(UntranslatableSql, match="the statement is nested too deeply for the local warehouse"):
        require_one_query(sql)


def test_the_tokens_of_a_long_statement_are_visited_a_few_times_each() -> None:
    class Counting(Statement):
        visits = 0

        def kind(self, at: int) -> TokenType | None:
            Counting.visits += 1
            return super().kind(at)

    def visits_per_token(size: int) -> float:
        selects = " UNION ALL ".join(f"SELECT NVL(NVL({number}, 1), (2)) AS a" for number in range(size))
        statement = split(f"SELECT a FROM ({selects}) WHERE a IN ({', '.join(map(str, range(size)))})")[0]
        Counting.visits = 0
        translate_query(Counting(statement.sql, statement.tokens))
        return Counting.visits / len(statement.tokens)

    assert visits_per_token(400) < visits_per_token(40) * 1.2


def test_copy_is_handed_to_the_emulator_between_its_neighbours() -> None:
    assert translate("DELETE FROM t; COPY t FROM 's3://b/x;y' IAM_ROLE default JSON 'auto'; ANALYZE t") == (
        "DELETE FROM t",
        Copy("COPY t FROM 's3://b/x;y' IAM_ROLE default JSON 'auto'"),
        "SELECT redshift.build_indexes($name$t$name$);\nANALYZE t",
    )


def test_what_redshift_runs_outside_of_transactions_only_is_marked() -> None:
    assert translate("ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(9)") == (
        Alone("ALTER TABLE ALTER COLUMN", "ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(9)"),
    )
