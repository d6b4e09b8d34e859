"""The load errors of a COPY: the lines of files that it refused, from the warehouse's load history."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import psycopg2

import sql
from lake.printable import printable
from tasks.discover.discovery import Manifest
from tasks.discover.file_names import logged
from tasks.stage.counting import Copied, latest
from warehouse import Warehouse, WarehouseConnection, in_one_line

PAUSES_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""How long to wait before each look into the load history for lines that COPY says it has refused."""
TOO_LONG = 1204
CHARACTERS = ("varchar", "char", "character", "character varying")


@dataclass(frozen=True)
class LoadError:
    """One line that is no row of its table; `value` is None where the load history has none, as on Serverless."""

    url: str
    line_number: int
    column_name: str
    column_type: str
    column_length: str
    value: str | None
    code: int
    reason: str

    def why(self, value: str | None) -> str:
        """Return what is wrong with the value, and what is allowed; None is a value that is not to be shown."""
        shown = "the value" if value is None else f"{value[:80]!r}"
        if self.code == TOO_LONG and self.column_type.lower() in CHARACTERS:
            length = f"{self.column_type.upper()}({self.column_length})"
            return f"{shown} is too long, {length} allows {self.column_length} bytes"
        reason = printable(self.reason)
        return f"{shown}: {reason} (code {self.code})" if value else f"{reason} (code {self.code})"


REFUSALS = {
    "not authorized to assume IAM Role": "run sparkify provision again, which makes the role and gives it to Redshift",
    "Error AccessDenied": "COPY's role reads the block's own prefixes only; correct them, and provision again",
    "using the specified endpoint": "the bucket is in another Region than the warehouse; use one in the same",
}
"""Redshift's messages where COPY may not read at all, and the remedies (Redshift guide, s3serviceexception-error,
copy-usage_notes-access-permissions)."""


def why_refused(manifest: Manifest, error: psycopg2.Error) -> str:
    """Return in one line why a COPY failed that refused no row, without the details of Redshift's message."""
    cause = (error.diag.message_primary or in_one_line(error)).strip()
    remedy = next((remedy for words, remedy in REFUSALS.items() if words in str(error)), None)
    return f"COPY of {manifest.dataset} failed: {cause}" + (f"; {remedy}" if remedy else "")


def fetch_load_errors(connection: WarehouseConnection, warehouse: Warehouse, copied: Copied) -> tuple[LoadError, ...]:
    """Fetch the lines that a COPY refused, in the order of files and lines: all that it says, if they come in time.

    Where it does not say how many, all looks are taken until no more come. The COPY has been committed, or rolled back.

    They are looked up by session, time and file: PG_LAST_COPY_ID() need not tell a COPY that was rolled back, nor what
    the SYS views call it (Redshift guide, PG_LAST_COPY_ID, cm_chap_system-tables).
    """
    urls = {logged(url): url for url in copied.part.urls}
    found: list[LoadError] = []
    for pause_s in PAUSES_S:
        time.sleep(pause_s)
        with connection.cursor() as cursor:
            looked_up = {"session_id": copied.session_id, "since": copied.since}
            rows = latest(sql.fetch_named(cursor, f"inspect/{warehouse.load_history}_load_errors", **looked_up))
        connection.rollback()  # the next look is to see what has come since, whatever is read in one transaction
        before = len(found)
        found = [_load_error(copied.part, urls[row["url"]], row) for row in rows if row["url"] in urls]
        is_all = len(found) == before > 0 if copied.refused_lines is None else len(found) >= copied.refused_lines
        if is_all:
            break
    return tuple(sorted(found, key=attrgetter("url", "line_number")))


def _load_error(manifest: Manifest, url: str, row: Mapping[str, Any]) -> LoadError:
    line_number = row["line_number"]
    origins = manifest.compacted.get(url, ())
    if 0 < line_number <= len(origins):
        url, line_number = origins[line_number - 1]
    return LoadError(
        url=url,
        line_number=line_number,
        column_name=row["column_name"] or "",
        column_type=row["column_type"] or "",
        column_length=row["column_length"] or "",
        value=row["raw_field_value"],
        code=row["err_code"],
        reason=row["err_reason"],
    )
