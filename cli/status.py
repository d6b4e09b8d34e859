"""What `sparkify status` reads and prints: read-only, without a lease, and without Prefect but for a block."""

import json
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.next_run import NextRun, named_server, next_run
from cli.status_text import health, status_lines
from lake.max_lag import MaxLag, parse_max_lag
from lake.object_store import FILE_SCHEME
from lake.printable import printable
from reports.status import Status, read_status
from sql.tables import TABLES
from tasks.code_version import code_version
from tasks.provision.catalogue import read_catalogue
from tasks.provision.versions import has_tables, older_version, read_pending
from warehouse import DamagedWarehouse, Warehouse, WarehouseError, open_warehouse
from warehouse.home import home

Places = dict[str, str]
"""Where to look for more, by what is there."""


def print_status(warehouse: str, max_lag: str | None, form: str) -> None:
    """Print the status of a warehouse.

    Raises:
        WrongVersion: the tables are of a newer version, or of an older one.
        DamagedWarehouse: tables are lost.
        WarehouseUnavailable: the warehouse cannot be reached.
        WarehouseError: something stands that somebody has to put right: a failed run, or events that are too old.
    """
    target = open_warehouse(warehouse)
    status = find_status(target, warehouse, parse_max_lag(max_lag or target.max_lag))
    places, following = find_places(target, status), next_run(warehouse)
    if form == "json":
        json.dump(_plain(status, places, following), sys.stdout, indent=1, default=_text, ensure_ascii=True)
        sys.stdout.write("\n")
    else:
        for line in status_lines(status, places, str(following or "")):
            sys.stdout.write(printable(line) + "\n")
    sys.stdout.flush()
    if status.errors:
        raise WarehouseError(*status.errors)


def find_status(target: Warehouse, name: str, max_lag: MaxLag | None) -> Status:
    """Read the status, in one snapshot; of a warehouse that is not there or holds no tables it has no version.

    Raises:
        WrongVersion: the tables are of a newer version, or of an older one.
        DamagedWarehouse: tables are lost.
        WarehouseUnavailable: the warehouse cannot be reached.
    """
    if name == "local" and not (home() / "postgres").is_dir():
        return Status(name, version=0)
    with closing(target.connect(read_only=True)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        there = read_catalogue(connection, target.schema)
        if not has_tables(there):
            return Status(name, version=0)
        if pending := read_pending(connection, there):
            raise older_version(pending)
        if missing := [table for table in TABLES if table not in there]:
            raise DamagedWarehouse(
                f"tables are not there: {', '.join(missing)}; run sparkify etl, which says what is lost"
            )
        return read_status(connection, name, max_lag)


def find_places(target: Warehouse, status: Status) -> Places:
    """Return where logs, Data Docs and the report are, as far as there are any."""
    places = {"data_docs": f"{target.data_docs_url}index.html", "report": str(home() / "reports/insights.html")}
    if server := named_server():
        run = next((f"/runs/flow-run/{batch.flow_run_id}" for batch in status.runs.batches), "/runs")
        places["logs"] = server.removesuffix("/api") + run
    elif status.warehouse == "local":
        places["logs"] = str(home() / "postgres/log")
    return {name: place for name, place in places.items() if not _is_missing(place)}


def _is_missing(place: str) -> bool:
    path = place.removeprefix(FILE_SCHEME)
    return path.startswith("/") and not Path(path).exists()


def _plain(status: Status, places: Places, following: NextRun | None) -> dict[str, Any]:
    """Return the status as JSON has it; times are UTC."""
    runs, lag = status.runs, status.runs.lag
    return {
        "warehouse": status.warehouse,
        "health": health(status),
        "errors": status.errors,
        "warnings": status.warnings,
        "code_version": code_version(),
        "tables_version": status.version,
        "asked_at": runs.asked_at,
        "newest_event_at": runs.newest_event_at,
        "lag_s": None if lag is None else lag.total_seconds(),
        "sources": [asdict(each) for each in status.sources],
        "rows": dict(status.rows),
        "batches": [{**asdict(each), "duration_s": each.duration_s} for each in runs.batches],
        "lease": asdict(status.lease) if status.lease else None,
        "changed_files": [asdict(each) for each in status.changed_files],
        "drift": [asdict(each) for each in status.drift],
        "missing_days": [asdict(each) for each in status.missing_days],
        "next_run": asdict(following) if following else None,
        "places": places,
    }


def _text(value: object) -> str:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else str(value)
