"""The pytest plugin: an empty schema for each test, and nothing left after the session."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import psycopg2
import pytest

from local_redshift.pytest_plugin import fresh_schema
from warehouse import WarehouseConnection, connect

CONFTEST = 'pytest_plugins = ["local_redshift.pytest_plugin"]'
TESTS = """
import pytest

@pytest.mark.parametrize("ending", ["nothing", "commit", "close", "error"])
def test_each_test_has_an_empty_schema(redshift, ending):
    cursor = redshift.cursor()
    cursor.execute("CREATE TABLE t DISTSTYLE ALL AS SELECT NVL(NULL, 7) AS a")
    cursor.execute("SELECT a FROM t")
    assert cursor.fetchall() == [(7,)]
    if ending == "error":
        with pytest.raises(Exception, match="does not exist"):
            cursor.execute("SELECT a FROM nowhere")
    elif ending != "nothing":
        redshift.commit()
    if ending == "close":
        redshift.close()

def test_the_schemas_of_others_are_gone(redshift, redshift_home):
    cursor = redshift.cursor()
    cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'test%' AND nspname <> CURRENT_SCHEMA()")
    assert cursor.fetchall() == []
    print("HOME", redshift_home)
"""


README = Path(__file__).parents[2] / "local_redshift/README.md"


def example() -> str:
    """Return the test that the README shows."""
    [shown] = [each for each in README.read_text(encoding="utf-8").split("\n\n") if each.startswith("    def test_")]
    return dedent(shown)


@pytest.mark.slow
@pytest.mark.parametrize("options", [["-p", "local_redshift.pytest_plugin"], []])
def test_a_project_gets_a_schema_for_each_test_and_no_server_is_left(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "test_it.py").write_text(f"{TESTS}\n\n{example()}\n")
    if not options:
        (tmp_path / "conftest.py").write_text(CONFTEST)
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "-W", "error", *options]
    done = subprocess.run(command, cwd=tmp_path, check=False, text=True, capture_output=True)
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    [home] = [Path(line.split()[-1]) for line in done.stdout.splitlines() if "HOME" in line]
    assert not home.exists()


def schemas_like(name: str) -> list[tuple[object, ...]]:
    with closing(connect("local", read_only=False)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = %s", (name,))
        return list(cursor.fetchall())


@pytest.mark.parametrize("ending", ["rollback", "close", "error"])
def test_a_schema_is_dropped_whatever_a_test_leaves_its_connection_in(schema: str, ending: str) -> None:
    def leave(connection: WarehouseConnection) -> None:
        connection.cursor().execute("CREATE TABLE t (a INT)")
        if ending == "error":
            connection.cursor().execute("SELECT a FROM nowhere")
        getattr(connection, ending)()

    def use() -> None:
        with fresh_schema(schema, lambda: connect("local", schema=schema, read_only=False)) as connection:
            assert schemas_like(schema) == [(schema,)]
            leave(connection)

    if ending == "error":
        with pytest.raises(psycopg2.Error, match="nowhere"):
            use()
    else:
        use()
    assert schemas_like(schema) == []
