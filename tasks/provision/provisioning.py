"""Provision: make sure that the schema and its tables are there."""

import time
from collections.abc import Sequence
from contextlib import closing

import psycopg2
import psycopg2.extensions
from psycopg2.sql import SQL, Composable, Identifier

import sql
from sql.datasets import STAGING
from sql.meanings import comments
from sql.tables import TABLES
from tasks.fencing import fence
from tasks.provision.catalogue import LEASE_TABLES, differences, new_columns, read_catalogue, uncommented
from tasks.provision.versions import (
    had_already,
    has_tables,
    migrations,
    read_pending,
    record,
    recorded,
    require_consent,
    run_migration,
)
from tasks.retries import io_task
from tasks.run_log import run_logger
from warehouse import Warehouse, WarehouseBusy, WarehouseConnection, WarehouseError
from warehouse.local import LocalWarehouse

ERASED = "erased_users"
"""The table of who was erased: a reset keeps it, since whoever loads the lake again would bring them back."""
WAIT_MS = 500
"""How long others wait at most behind the attempt to lock all tables."""


@io_task("provision")
def provision(warehouse: Warehouse, *, migrate: bool = False) -> None:
    """Create the schema and the tables that are missing, and bring those that are there to the newest version.

    Missing tables are made as `sql/create` has them, and staging tables that differ from that, since they hold nothing
    that is not in the lake. Then each migration is a transaction of its own: one that fails leaves what others did.
    Last come columns of the audit tables that somebody dropped, if they may be NULL.

    Raises:
        WrongVersion: the tables are of a newer version, or `migrate` is not set and something would be dropped.
        WarehouseBusy: another run has taken the warehouse over.
        WarehouseUnavailable: the warehouse cannot be started or reached.
    """
    with closing(warehouse.connect()) as connection:
        with connection, connection.cursor() as cursor:
            fence(cursor)
            make_schema(cursor, warehouse.schema)
            there = read_catalogue(connection, warehouse.schema)
            pending = read_pending(connection, there)
            if had := had_already(pending, there):
                record(cursor, had)
                names = ", ".join(each.name for each in had)
                run_logger().warning("the tables have had %s, which schema_versions has no row of: it has again", names)
                pending = pending[len(had) :]
            if not migrate:
                require_consent(pending)
            renewed = [table for table in STAGING if table in there and any(differences(table, there[table]))]
            for table in renewed:
                cursor.execute(SQL("DROP TABLE {}").format(Identifier(table)))
            made = [table for table in TABLES if table not in there or table in renewed]
            create_tables(cursor, made, are_new=not has_tables(there))
        for migration in pending:
            run_migration(connection, warehouse.schema, migration, made)
        if has_tables(there):
            _complete_tables(connection, warehouse.schema)


def create_tables(cursor: psycopg2.extensions.cursor, tables: Sequence[str], *, are_new: bool = False) -> None:
    """Create tables, each after those that it refers to, by one request for all; new ones need no migration."""
    texts: list[Composable] = [SQL(text) for table in tables for text in sql.statements(f"create/{table}")]
    texts += map(SQL, comments(tables))
    if are_new:
        texts.append(recorded(migrations()))
    if texts:
        cursor.execute(SQL(";\n").join(texts), {})


def _complete_tables(connection: WarehouseConnection, schema: str) -> None:
    """Add the columns of the audit tables that are missing, and what the catalogue does not say of columns.

    No migration adds such columns, so somebody must have dropped them.
    """
    with connection.cursor() as cursor:
        fence(cursor)
    there = read_catalogue(connection, schema)
    lacking = [(table, column) for table in TABLES for column in new_columns(table, there[table])]
    silent = [table for table in TABLES if uncommented(table, there[table])]
    with connection, connection.cursor() as cursor:
        for table, column in lacking:
            add = SQL("ALTER TABLE {} ADD COLUMN {} {}")
            cursor.execute(add.format(Identifier(table), Identifier(column.name), SQL(column.type)))
            run_logger().warning("%s has a new column, %s: it is NULL in the rows that are there", table, column.name)
        if silent:
            cursor.execute(";\n".join(comments(silent)), {})


def make_schema(cursor: psycopg2.extensions.cursor, schema: str) -> None:
    """Create the schema if it is missing, and look for tables there.

    On Redshift it is there: `provision` has made it, and the loader may make no other, not even with IF NOT EXISTS.

    Raises:
        WarehouseError: it is missing, and may not be made.
    """
    cursor.execute("SELECT CURRENT_SCHEMA() FROM pg_namespace WHERE nspname = %s", (schema.lower(),))
    found = cursor.fetchall()
    if not found:
        try:
            cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))
        except psycopg2.errors.InsufficientPrivilege as error:
            told = "a run may not make one; run: sparkify provision --warehouse with the name of the block"
            raise WarehouseError(f"there is no schema {schema}, and {told}") from error
    # Redshift takes no search path with a schema that is missing: until now this connection may have had none.
    if found != [(schema.lower(),)]:
        cursor.execute(SQL("SET search_path TO {}").format(Identifier(schema)))


@io_task("renew tables")
def renew_tables(warehouse: Warehouse, patience_s: float) -> None:
    """Drop every table and create it again, empty, in one transaction: a reader sees all of the old ones or the new.

    Whoever calls this holds the warehouse. The tables of the lease stay, since others wait for it, and so does the list
    of who was erased.
    The local warehouse's load history is emptied too.

    Raises:
        WarehouseBusy: somebody went on using the tables all the time, or another run has taken the warehouse over.
        WarehouseError: something else in the database depends on a table.
    """
    deadline = time.monotonic() + patience_s
    renewed = [table for table in TABLES if table not in (*LEASE_TABLES, ERASED)]
    with closing(warehouse.connect()) as connection:
        while not _lock_tables(connection, warehouse.schema):
            if time.monotonic() > deadline:
                raise WarehouseBusy(
                    f"other sessions went on using the tables for {patience_s:.0f} s: end them, and reset again"
                )
        with connection, connection.cursor() as cursor:
            try:
                for table in reversed(renewed):
                    cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(table)))
            except psycopg2.errors.DependentObjectsStillExist as error:
                told = ". ".join(filter(None, [error.diag.message_primary or str(error), error.diag.message_detail]))
                raise WarehouseError(f"nothing was reset: {told}; drop that first, and reset again") from error
            create_tables(cursor, [*renewed, ERASED], are_new=True)
    if isinstance(warehouse, LocalWarehouse):
        warehouse.forget_loads()


def _lock_tables(connection: WarehouseConnection, schema: str) -> bool:
    """Lock the tables that are there, all or none, so that nobody is kept waiting long or in a circle."""
    with connection.cursor() as cursor:
        fence(cursor)
    there = read_catalogue(connection, schema)
    found = [Identifier(table) for table in TABLES if table in there and table not in (*LEASE_TABLES, ERASED)]

    def lock(cursor: psycopg2.extensions.cursor) -> None:
        if found:
            cursor.execute(SQL("LOCK TABLE {}").format(SQL(", ").join(found)))

    return connection.within(WAIT_MS, lock)
