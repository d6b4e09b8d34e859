"""One load in a process of its own, so that its peak memory can be told; prints its measurement as JSON."""

import json
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2.extensions

import sql
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


def measure(table: str, source: str, options: str) -> dict[str, float]:
    """Load once and roll back: seconds, and the peak memory of this process in MB."""
    with closing(connect("local", schema=SCHEMA)) as connection:
        create_table(connection, table)
        started = time.perf_counter()
        load(connection, table, source, options)
        seconds = time.perf_counter() - started
        connection.rollback()
    return {"seconds": seconds, "peak_mb": _peak_mb()}


def _peak_mb() -> float:
    """Read the most memory this process has held; ru_maxrss would count the process it was started from too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(*sys.argv[1:4])))
