"""Provision: make sure that the schema and its tables are there."""

from contextlib import closing

from prefect import task
from prefect.cache_policies import NO_CACHE
from psycopg2.sql import SQL, Identifier

import sql
from tasks.retries import RETRIES, backoff_with_jitter, is_transient
from warehouse import Warehouse
from warehouse.local import LocalWarehouse

TABLES = (
    "batches", "loaded_files", "quarantine", "sources", "run_lock", "staging_events", "staging_songs",
    "users", "artists", "songs", "time", "songplays",
)  # fmt: skip


@task(
    name="provision",
    task_run_name="provision",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=backoff_with_jitter,
    retry_condition_fn=is_transient,
)
def provision(warehouse: Warehouse) -> None:
    """Create the schema and the tables that are missing; leave the others alone.

    Raises:
        WarehouseUnavailable: the warehouse cannot be started or reached.
    """
    with closing(warehouse.connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(warehouse.schema)))
        # Redshift takes no search path with a schema that is missing: until now this connection could have none.
        cursor.execute(SQL("SET search_path TO {}").format(Identifier(warehouse.schema)))
        for table in TABLES:
            sql.run(cursor, f"create/{table}")


@task(name="drop tables", task_run_name="drop tables", cache_policy=NO_CACHE)
def drop_tables(warehouse: Warehouse) -> None:
    """Drop every table of the schema that this project made, with its rows, and the local warehouse's load history."""
    with closing(warehouse.connect()) as connection, connection, connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(table)))
    if isinstance(warehouse, LocalWarehouse):
        warehouse.forget_loads()
