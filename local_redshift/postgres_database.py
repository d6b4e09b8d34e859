"""What the emulator needs in its PostgreSQL: a database, a user who only reads, and Redshift's functions and tables."""

import hashlib
from pathlib import Path

import psycopg2
import psycopg2.extensions

from client.limits import READER_LIMITS

DATABASE = "sparkify"
OWNER = "sparkify"
READER = "sparkify_reader"  # may read every table, and nothing else
ANALYST = "sparkify_analyst"  # the same, for other programs, with a password
SYSTEM_TABLES = Path(__file__).with_name("dialect") / "system_tables.sql"
DIALECT = Path(__file__).with_name("dialect") / "dialect.sql"
SCRIPTS = (SYSTEM_TABLES, DIALECT)
DROP_OLDER = Path(__file__).with_name("dialect") / "drop_older.sql"


def is_current(connection: psycopg2.extensions.connection) -> bool:
    """Tell whether the database has what this version's scripts make; it may have been made by an older one."""
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute("SELECT OBJ_DESCRIPTION(TO_REGNAMESPACE('redshift'), 'pg_namespace')")
        found = cursor.fetchone()
    psycopg2.extensions.connection.rollback(connection)  # as PostgreSQL's own: a subclass may do more
    return found == (_digest(),)


def make_database(connection: psycopg2.extensions.connection) -> None:
    """Make the database and the reader where they are missing, and limit the reader; `connection` is to `postgres`."""
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if cursor.fetchone() is None:
            # Text sorts by its bytes, as on Redshift, and UPPER and LOWER know every letter.
            cursor.execute(
                f"CREATE DATABASE {DATABASE} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            )
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,))
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {READER} LOGIN IN ROLE pg_read_all_data")
        for name, limit in READER_LIMITS.items():
            cursor.execute(f"ALTER ROLE {READER} SET {name} TO '{limit}'")


def make_emulator(connection: psycopg2.extensions.connection) -> None:
    """Make Redshift's functions and system tables as this version has them."""
    try:
        _run_scripts(connection, *SCRIPTS)
    except (psycopg2.errors.InvalidFunctionDefinition, psycopg2.errors.InvalidTableDefinition):
        _run_scripts(connection, DROP_OLDER, *SCRIPTS)


def _run_scripts(connection: psycopg2.extensions.connection, *scripts: Path) -> None:
    """Run scripts in one transaction, and note that this version has: sessions find all as it was, or all new."""
    with connection, connection.cursor() as cursor:
        for script in scripts:
            cursor.execute(script.read_text())
        cursor.execute("COMMENT ON SCHEMA redshift IS %s", (_digest(),))


def _digest() -> str:
    made = [*(script.read_bytes() for script in SCRIPTS), repr(READER_LIMITS).encode()]
    return hashlib.sha256(b"".join(made)).hexdigest()
