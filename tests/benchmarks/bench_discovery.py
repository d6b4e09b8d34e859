"""Discovery in lakes of more and more files of which 30 are new, beside listing them with `find`."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import psycopg2
from prefect.logging import disable_run_logger

import sql
from tasks.batch import Batch
from tasks.discover.discovery import Source, discover, source
from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.process import peak_mb
from warehouse import Warehouse, connect, open_warehouse

NEW_FILES = 30
EVENT = b'{"page":"NextSong","sessionId":1,"itemInSession":0,"ts":1541106106796}\n'


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Discover new files among a thousandth, a hundredth and a tenth as many files as the scale has events."""
    with closing(connect(read_only=False)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS sparkify")
        for table in ("batches", "loaded_files"):
            sql.run(cursor, f"create/{table}")
    warehouse = open_warehouse("local")
    for files in (max(NEW_FILES, scale.events // fraction) for fraction in (1000, 100, 10)):
        lake = source("events", str(folder / f"lake-{files}"))
        _write_files(Path(lake.url.removeprefix("file://")), files)
        _enter_all_but_new(warehouse, lake)
        found, listed = [], []
        for _ in range(scale.rounds):
            found.append(_discover(warehouse, lake, folder))
            listed.append(_find(lake))
        yield Figure(
            case=f"discovery of {NEW_FILES} new among {files:,} files",
            values=tuple(found),
            reference="find",
            reference_values=tuple(listed),
            peak_mb=peak_mb(),
            value_limit=5,
        )


def _write_files(folder: Path, files: int) -> None:
    """Write small logs into folders of at most a thousand, as a prefix by day would have."""
    for number in range(files):
        path = folder / f"{number // 1000:04}" / f"{number:08}-events.json"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(EVENT)


def _enter_all_but_new(warehouse: Warehouse, lake: Source) -> None:
    """Enter the files into the ledger, as if they had been loaded; the last ones stay new."""
    listed = list(warehouse.store.list(lake.url + "/"))
    rows = "".join(
        f"{file.url}\t{file.etag}\t{file.size_bytes}\t{file.last_modified:%Y-%m-%d %H:%M:%S.%f}\tevents\t1\t1\t1\t0\n"
        for file in listed[:-NEW_FILES]
    )
    plain = psycopg2.extensions.cursor
    with closing(warehouse.connect()) as connection, connection, connection.cursor(cursor_factory=plain) as cursor:
        cursor.execute("DELETE FROM loaded_files")
        cursor.copy_expert("COPY loaded_files FROM STDIN", StringIO(rows))
        cursor.execute("ANALYZE loaded_files")


def _discover(warehouse: Warehouse, lake: Source, folder: Path) -> float:
    batch = Batch(1, datetime.now(UTC).replace(tzinfo=None), f"file://{folder}/work/")
    with disable_run_logger():
        started = time.perf_counter()
        manifests = discover.fn(warehouse, batch, [lake], full_refresh=False)
        seconds = time.perf_counter() - started
    new = sum(len(manifest.files) for manifest in manifests)
    if new != NEW_FILES:
        raise RuntimeError(f"{new} files are new in {lake.url}, not {NEW_FILES}")
    return seconds


def _find(lake: Source) -> float:
    command: Sequence[str] = ("find", lake.url.removeprefix("file://"), "-type", "f", "-printf", "%p %s %T@\n")
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
