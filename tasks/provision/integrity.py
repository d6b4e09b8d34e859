"""Integrity: hold the tables against `sql/create`, and their rows against the audit tables, before a run uses them.

What the audit tables record and is not there is lost, and a run that went on would hide it. Whatever else is missing,
newer code has brought: it is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sql
from sql.datasets import LAKE, STAGING
from sql.tables import KEPT, TABLES
from tasks.provision.catalogue import (
    LEASE_TABLES,
    Catalogue,
    differences,
    misplaced,
    new_columns,
    read_catalogue,
    read_keys,
    uncommented,
)
from tasks.provision.provisioning import ERASED, provision
from tasks.provision.versions import START_AGAIN, Migration, has_tables, older_version, read_pending
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.session import session
from tasks.wording import counted
from warehouse import DamagedWarehouse, Warehouse, WarehouseConnection

COUNTED_ROWS = 1_000_000
"""Of a table that holds more rows by `batches`, a run only sees that it is not empty: to count it is a pass over it."""
LEDGERS = ("loaded_files", "quarantine")
LOAD_AGAIN = "load it again with sparkify etl --full-refresh"


@dataclass(frozen=True)
class Due:
    """What the audit tables record of the last published batch: rows that each table holds, or that the batch inserted.

    A table that newer code has brought since is not among them, nor one whose rows were not recorded.
    """

    batch_id: int
    rows: Mapping[str, int]

    def lost(self, table: str, found: int | None) -> str:
        """Say that a table lacks rows, or is not there at all."""
        held = "is gone" if found is None else f"holds {counted(found, 'row')}" if found else "is empty"
        of_batch = f" of batch {self.batch_id}" if table in LEDGERS else ""
        book, due = "batches" if table in LEDGERS else "batch_tables", self.rows.get(table)
        if due is None:
            return f"table {table} {held}, and {book} does not record how many rows it held{of_batch}"
        return f"table {table} {held}, but {book} records {counted(due, 'row')}{of_batch}"

    def is_short(self, table: str, held: int) -> bool:
        """Tell whether a table holds fewer rows than are recorded, or rows of which nothing is."""
        due = self.rows.get(table)
        return held > 0 if due is None else due > 0 and held < _limit(due)


@dataclass(frozen=True)
class Unmade:
    """What is missing though nothing is lost with it: tables, columns of the audit tables, and migrations.

    Of an older version, whose tables differ from their DDL until then, each table that differs is incomplete.
    """

    tables: list[str]
    incomplete: list[str]
    migrations: Sequence[Migration] = ()
    due: Due | None = None
    """What the audit tables record; None where they cannot be read."""
    uncommented: Sequence[str] = ()
    """Tables of whose columns the catalogue does not say what they mean."""

    def __bool__(self) -> bool:
        return bool(self.tables or self.incomplete or self.migrations or self.uncommented)


def prepare_tables(
    warehouse: Warehouse, *, full_refresh: bool = False, rebuild: bool = False, migrate: bool = False
) -> None:
    """Make sure that all tables are there, of the newest version, and nothing of what they held is lost.

    Whoever calls this holds the warehouse. Migrations that drop something are run only if told to.

    Raises:
        WrongVersion: the tables are of a newer version, or of an older one that needs such a migration; nothing was
            changed.
        DamagedWarehouse: a column or, unless all is loaded again, a table or rows are lost; nothing was loaded. To a
            rebuild nothing is lost with the star.
    """
    unmade = check_tables(warehouse, full_refresh=full_refresh, rebuild=rebuild)
    if unmade:
        provision(warehouse, migrate=migrate)
        if {*TABLES} - {*unmade.tables, *LEASE_TABLES}:  # of an empty warehouse nothing can be lost
            check_tables(warehouse, full_refresh=full_refresh, rebuild=rebuild)


@io_task("check tables")
def check_tables(warehouse: Warehouse, *, full_refresh: bool, rebuild: bool = False) -> Unmade:
    """Look for what is lost, and return what is missing besides; a rebuild brings back what is lost of the star.

    Raises:
        WrongVersion: the tables are of a newer version.
        DamagedWarehouse: a column or, unless all is loaded again, a table or rows are lost.
    """
    with session(warehouse) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        if full_refresh:
            catalogue = read_catalogue(connection, warehouse.schema)
            return _check_columns(catalogue, read_pending(connection, catalogue))
        return require_tables_and_rows(connection, warehouse.schema, LAKE if rebuild else KEPT)


def require_tables_and_rows(connection: WarehouseConnection, schema: str, kept: Sequence[str] = KEPT) -> Unmade:
    """Look for all that may be lost, in the snapshot of the connection; see `require_tables` and `require_rows`."""
    unmade = require_tables(connection, schema, kept)
    require_rows(connection, unmade, kept)
    return unmade


def require_tables(connection: WarehouseConnection, schema: str, kept: Sequence[str] = KEPT) -> Unmade:
    """Look for lost columns and tables, and return what is missing besides.

    Raises:
        WrongVersion: the tables are of a newer version.
        DamagedWarehouse: a column is gone or another, or a table is gone that held rows by the audit tables.
    """
    catalogue = read_catalogue(connection, schema)
    unmade = _check_columns(catalogue, read_pending(connection, catalogue))
    if connection.engine == "redshift" and has_tables(catalogue) and not unmade.migrations:
        _warn_of_misplaced(connection, schema, catalogue)
    if {"batches", "batch_tables"} & {*unmade.tables, *unmade.incomplete}:
        return unmade
    due = _read_due(connection, kept)
    _refuse([due.lost(table, None) for table in due.rows if table not in catalogue and due.rows[table]])
    return replace(unmade, due=due)


def require_newest(unmade: Unmade) -> None:
    """Refuse tables of an older version, where whoever asks may not bring them up to date.

    Raises:
        WrongVersion: they are.
    """
    if unmade.migrations:
        raise older_version(unmade.migrations)


def _warn_of_misplaced(connection: WarehouseConnection, schema: str, catalogue: Catalogue) -> None:
    keys = read_keys(connection, schema)
    there = [table for table in TABLES if table in catalogue]
    if lacking := [each for table in there for each in misplaced(table, catalogue[table], keys)]:
        run_logger().warning("tables are not declared as sql/create has them; run: %s", "; ".join(lacking))


def require_rows(connection: WarehouseConnection, unmade: Unmade, kept: Sequence[str] = KEPT) -> None:
    """Look for lost rows of the ledgers and these tables, unless one that must be read is still to be made.

    The snapshot is that of `require_tables`.

    Raises:
        DamagedWarehouse: a table holds fewer rows than the audit tables record, or rows of no published batch.
    """
    is_unrecorded = "batch_tables" in unmade.tables
    if {*kept, *LEDGERS} & {*unmade.tables} or "batches" in unmade.incomplete or (is_unrecorded and unmade.migrations):
        return
    due = unmade.due or Due(0, {})
    held = _count_rows(connection, due, kept)
    if due.rows:
        told = [table for table in held if table in due.rows or not unmade.migrations]
        _refuse([due.lost(table, held[table]) for table in told if due.is_short(table, held[table])])
        return
    rows_of_nobody = [table for table in kept if held[table]]
    if rows_of_nobody:
        gone = [table for table in ("batches", "batch_tables") if table in unmade.tables]
        what = f"{gone[0]} is gone" if gone else "batches knows no published batch"
        _refuse([f"table {what}, but there are rows in {', '.join(rows_of_nobody)}"])


def _check_columns(catalogue: Catalogue, pending: Sequence[Migration]) -> Unmade:
    """Refuse tables of the newest version that differ from their DDL beyond mending, and return what is to be made."""
    differ = {table: list(differences(table, catalogue[table])) for table in TABLES if table in catalogue}
    altered = [each for table in differ if table not in ("run_lock", *STAGING) for each in differ[table]]
    if ERASED not in catalogue and has_tables(catalogue) and not pending:
        altered.append(f"table {ERASED} is gone, and with it who was erased and must not come back")
    if altered and not pending:
        raise DamagedWarehouse(f"{'; '.join(altered)}: {START_AGAIN}")
    return Unmade(
        [table for table in TABLES if table not in differ or (table in STAGING and differ[table])],
        [table for table in differ if new_columns(table, catalogue[table]) or (pending and differ[table])],
        pending,
        uncommented=[table for table in differ if uncommented(table, catalogue[table])],
    )


def _read_due(connection: WarehouseConnection, kept: Sequence[str]) -> Due:
    """Read what the audit tables record of the last published batch; without one, no table holds rows."""
    with connection.cursor() as cursor:
        found = sql.fetch_named(cursor, "inspect/last_published")
    if not found:
        return Due(0, {})
    ledgers = {"loaded_files": found[0]["files"], "quarantine": found[0]["quarantined_rows"]}
    star = {row["table_name"]: row["rows_after"] for row in found}
    recorded = {**ledgers, **{table: star.get(table) for table in kept}}
    return Due(found[0]["batch_id"], {table: rows for table, rows in recorded.items() if rows is not None})


def _count_rows(connection: WarehouseConnection, due: Due, kept: Sequence[str]) -> Mapping[str, int]:
    """Count the rows of the batch in the ledgers and of each table of the star, no further than needed."""
    limits = {f"{table}_limit": _limit(due.rows.get(table)) for table in kept}
    with connection.cursor() as cursor:
        found = sql.fetch_named(cursor, "inspect/rows_held", {"star": kept}, batch_id=due.batch_id, **limits)
    held = {row["table_name"]: row["rows_held"] for row in found}
    return {table: held[table] for table in (*LEDGERS, *kept)}


def _limit(due: int | None) -> int:
    return due if due and due <= COUNTED_ROWS else 1


def _refuse(lost: Sequence[str]) -> None:
    if lost:
        raise DamagedWarehouse(f"{'; '.join(lost)}: {LOAD_AGAIN}")
