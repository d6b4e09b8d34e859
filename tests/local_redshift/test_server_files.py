"""No Redshift SQL reaches what PostgreSQL offers a superuser: programs, files, code, settings and roles."""

import pytest

from local_redshift.copy.command.statement import CopySyntaxError, parse_copy
from local_redshift.dialect.translation import Copy, translate
from warehouse import UntranslatableSql

READS = "pg_read_file('/etc/passwd')"


@pytest.mark.parametrize(
    "statement",
    [
        "COPY t FROM PROGRAM 'id'",
        "COPY t TO PROGRAM 'id'",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY t TO '/tmp/leak'",
        "COPY t FROM '/etc/passwd'",
        "COPY t FROM STDIN",
        "SELECT 1; COPY t FROM PROGRAM 'id'",
        "ANALYZE t; COPY t FROM PROGRAM 'id'",
    ],
)
def test_copy_knows_no_programs_and_no_files_of_the_server(statement: str) -> None:
    *before, copy = translate(statement)
    assert isinstance(copy, Copy)
    assert "PROGRAM" not in "".join(map(str, before))
    with pytest.raises(CopySyntaxError):
        parse_copy(copy.sql)


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT {READS}",
        f"SELECT pg_catalog.{READS}",
        "SELECT \"pg_read_file\"('/etc/passwd')",
        "SELECT U&\"pg\\005fread_file\"('/etc/passwd')",
        "SELECT pg_read_binary_file('/etc/passwd')",
        "SELECT * FROM pg_ls_dir('/')",
        "SELECT pg_stat_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/leak')",
        f"SELECT 1 ORDER BY {READS}",
        f"CREATE TABLE u AS SELECT {READS} AS a",
        f"CREATE VIEW u AS SELECT {READS} AS a",
        f"CREATE TABLE u (a VARCHAR(9) DEFAULT {READS})",
        f"CREATE TABLE u (a INT, CHECK ({READS} = 'x'))",
        f"ALTER TABLE t ADD COLUMN b VARCHAR(9) DEFAULT {READS}",
        f"INSERT INTO t SELECT {READS}",
        f"INSERT INTO t VALUES ({READS})",
        f"UPDATE t SET a = {READS}",
        f"DELETE FROM t WHERE a = {READS}",
        f"MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET a = {READS} "
        "WHEN NOT MATCHED THEN INSERT VALUES (s.a)",
        f"DECLARE c CURSOR FOR SELECT {READS}",
        f"EXPLAIN ANALYZE SELECT {READS}",
        f"PREPARE p AS SELECT {READS}",
        "EXECUTE p",
        "CALL p()",
        "DO $$ BEGIN NULL; END $$",
        "SELECT query_to_xml('SELECT 1', TRUE, TRUE, '')",
        "SELECT set_config('a', 'b', FALSE)",
        "SELECT dblink('x', 'y')",
        "LOAD '/tmp/x.so'",
        "CREATE FUNCTION f() RETURNS INT LANGUAGE c AS 'x'",
        "CREATE OR REPLACE FUNCTION f() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION file_fdw",
        "CREATE SERVER s FOREIGN DATA WRAPPER file_fdw",
        "CREATE TABLESPACE s LOCATION '/tmp'",
        "CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f()",
        "CREATE USER x SUPERUSER",
        "ALTER USER x SUPERUSER",
        "ALTER SYSTEM SET archive_command TO 'id'",
        "SET session_preload_libraries TO '/tmp/x'",
        "SET ROLE x",
        "GRANT pg_execute_server_program TO sparkify_reader",
        "GRANT pg_read_server_files, sparkify TO sparkify_reader",
        'GRANT "pg_read_server_files" TO PUBLIC',
        "GRANT EXECUTE ON FUNCTION pg_read_file(TEXT) TO PUBLIC",
        "GRANT ALL ON ALL FUNCTIONS IN SCHEMA pg_catalog TO PUBLIC",
        "GRANT ALL ON LANGUAGE c TO PUBLIC",
        "GRANT SET ON PARAMETER temp_file_limit TO sparkify_reader",
        "GRANT ALTER SYSTEM ON PARAMETER archive_command TO sparkify_reader",
        "REVOKE sparkify FROM sparkify_reader",
    ],
)
def test_what_else_reaches_the_server_is_refused(statement: str) -> None:
    with pytest.raises(UntranslatableSql):
        translate(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT SELECT, INSERT ON TABLE a.t, u TO alice, GROUP analysts WITH GRANT OPTION",
        "GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA sparkify TO PUBLIC",
        "GRANT USAGE ON SCHEMA sparkify TO GROUP analysts",
        "GRANT TEMP ON DATABASE sparkify TO alice",
        "REVOKE GRANT OPTION FOR SELECT ON t FROM alice CASCADE",
    ],
)
def test_rights_on_tables_schemas_and_the_database_are_granted_as_on_redshift(statement: str) -> None:
    assert translate(statement) == (statement,)
