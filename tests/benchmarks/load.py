"""One load in a process of its own, so that its peak memory can be told."""

import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2.extensions

import sql
from tests.benchmarks.process import tell
from warehouse import WarehouseConnection, connect

SCHEMA = "bench"


def create_table(connection: WarehouseConnection, table: str) -> None:
    """Give the table to load into its own new and empty schema."""
    with connection, connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
    with connection, connection.cursor() as cursor:
        sql.run(cursor, f"create/{table}")


def load(connection: WarehouseConnection, table: str, source: str, options: str) -> None:
    """Load a COPY's files, or with no options a file of ready-made rows as PostgreSQL does it by itself."""
    if options:
        with connection.cursor() as cursor:
            cursor.execute(f"COPY {table} FROM '{source}' IAM_ROLE default {options}")
        return
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor, Path(source).open("rb") as rows:
        cursor.copy_expert(f"COPY {table} FROM STDIN", rows, size=1 << 20)


def measure(table: str, source: str, options: str) -> float:
    """Load once and roll back, and return the seconds it took."""
    with closing(connect("local", schema=SCHEMA, read_only=False)) as connection:
        create_table(connection, table)
        started = time.perf_counter()
        load(connection, table, source, options)
        seconds = time.perf_counter() - started
        connection.rollback()
    return seconds


if __name__ == "__main__":
    tell(measure(*sys.argv[1:4]))
