"""Counting: how many rows COPY loaded and refused, and how many of them each file has, as far as the warehouse tells.

COPY itself says what it loaded (`PG_LAST_COPY_COUNT`), and what it refused (a message to the client). Rows of single
files are in the load history only, which may be late, may have nothing (concurrency scaling, rights), and may count
lines instead of rows: what it has is believed where it adds up to what was loaded and refused, and else rows of files
are unknown. No run fails for that.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sql
from lake.compression import open_content
from lake.object_store import StoredObject, readers
from lake.parallel import parallel_map
from tasks.discover.discovery import Manifest
from tasks.discover.file_names import logged
from tasks.run_log import run_logger
from tasks.wording import describe_files
from warehouse import ConservationError, StorageError, Store, Warehouse, WarehouseConnection

READERS = 16
PAUSES_S = (0.0, 1.0, 2.0, 4.0)
"""How long to wait before each look into the load history for the rows of files."""
BLANK_BYTES, BLANK_FILES = 1024, 1000
"""Of files whose rows are unknown, so many of at most this size are read, to find those that hold only blanks."""
_LOADED = re.compile(r"completed, \d+ record\(s\) loaded successfully")
_REFUSED = re.compile(r"completed, (\d+) record\(s\) could not be loaded")
REMEDY = "nothing is published; run again without --compact-songs, and report this"
FileRows = dict[str, int | None]
"""The rows of each file by URL, refused ones too; None where they are unknown."""


@dataclass(frozen=True)
class Copied:
    """What one COPY says that it did: rows loaded, and lines refused; None where it does not say.

    `session_id` and `since`, when its transaction began, are what the load history has it by.
    """

    part: Manifest
    loaded_rows: int
    refused_lines: int | None
    session_id: int
    since: datetime


def count_copied(cursor: sql.Cursor, part: Manifest, notices: Iterable[str], since: datetime) -> Copied:
    """Count what the last COPY of a session did, by its messages too (Redshift guide, r_COPY_command_examples)."""
    [counts] = sql.fetch_named(cursor, "inspect/copied")
    told = "\n".join(notices)
    refused = sum(map(int, _REFUSED.findall(told))) if _LOADED.search(told) else None
    return Copied(part, int(counts["loaded_rows"]), refused, counts["session_id"], since)


def count_files(connection: WarehouseConnection, warehouse: Warehouse, copied: Sequence[Copied], rows: int) -> FileRows:
    """Count the rows of each file, all of which together have so many.

    Raises:
        ConservationError: COPY has not found the rows that were written to compacted objects.
    """
    objects = {url: len(origins) for each in copied for url, origins in each.part.compacted.items()}
    known: Counter[str] = Counter(
        source for each in copied for origins in each.part.compacted.values() for source, _ in origins
    )
    left = [file for each in copied for file in each.part.files if file.url not in known]
    rows_left = rows - known.total()
    if rows_left < 0 or (rows_left and not left):
        where = next(iter(objects)) if len(objects) == 1 else f"{next(iter(objects))} and {len(objects) - 1:,} more"
        raise ConservationError(f"{where}: {known.total():,} rows were written to it, COPY found {rows:,}; {REMEDY}")
    if len(left) < 2:
        return {**{file.url: rows_left for file in left}, **known}
    history = _read_history(connection, warehouse, copied, rows)
    if history is None:
        run_logger().info("the load history does not tell the rows of files: they are unknown")
        return {**_find_blank(warehouse.store, left), **known}
    if lost := [
        f"{url}: {written:,} rows were written to it, COPY found {history[url]:,}; {REMEDY}"
        for url, written in objects.items()
        if history[url] != written
    ]:
        raise ConservationError(*describe_files(lost, "do not hold what COPY has scanned").split("\n"))
    return {**{file.url: history[file.url] for file in left}, **known}


def _read_history(
    connection: WarehouseConnection, warehouse: Warehouse, copied: Sequence[Copied], rows: int
) -> dict[str, int] | None:
    """Read from the load history how many rows each object had; None where that does not add up in time."""
    urls = [url for each in copied for url in each.part.urls]
    looked_up = {"session_id": copied[0].session_id, "since": copied[0].since}
    for pause_s in PAUSES_S:
        time.sleep(pause_s)
        with connection, connection.cursor() as cursor:
            found = sql.fetch_named(cursor, f"inspect/{warehouse.load_history}_file_rows", **looked_up)
        counts = {row["url"]: row["rows_scanned"] for row in latest(found)}
        scanned = {url: int(counts[logged(url)]) for url in urls if counts.get(logged(url)) is not None}
        if len(scanned) == len(urls) and sum(scanned.values()) == rows:
            return scanned
    return None


def latest(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Keep of each file what the last COPY of it left in the load history."""
    last: dict[str, int] = {}
    for row in rows:
        last[row["url"]] = max(row["query_id"], last.get(row["url"], 0))
    return [row for row in rows if row["query_id"] == last[row["url"]]]


def _find_blank(store: Store, files: Sequence[StoredObject]) -> FileRows:
    """Return the rows of files that the load history does not tell: none of those that are blank, else unknown."""
    small = [file.url for file in files if 0 < file.size_bytes <= BLANK_BYTES][:BLANK_FILES]
    found = parallel_map(partial(_is_blank, store), small, readers(small, READERS))
    blank = {url for url, is_blank in zip(small, found, strict=True) if is_blank}
    return {file.url: 0 if file.size_bytes == 0 or file.url in blank else None for file in files}


def _is_blank(store: Store, url: str) -> bool:
    try:
        with open_content(store, url) as stream:
            return not stream.read(BLANK_BYTES).strip()
    except StorageError:  # COPY has read it
        return False
