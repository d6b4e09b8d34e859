"""How long the local warehouse takes to COPY lakes, beside PostgreSQL's own COPY of the same rows as ready-made text.

Both run in turns on the same server, each load in a process of its own, on a fresh table that is never committed. What
counts is the ratio of the medians: it says how much of the machine's best the emulation keeps.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg2.extensions
from rich.console import Console
from rich.table import Table

from tasks.simulation import LakeSpec, write_lake
from tests.benchmarks.load import SCHEMA, create_table, load
from warehouse import connect, postgres_server

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / ".cache/bench/copy.json"
EVENTS = "FORMAT AS JSON 'auto ignorecase' TIMEFORMAT 'epochmillisecs' ROUNDEC"
SONGS = "FORMAT AS JSON 'auto' ROUNDEC"


@dataclass(frozen=True)
class Case:
    """One lake and how it is loaded."""

    name: str
    table: str
    source: str
    options: str


@dataclass(frozen=True)
class Result:
    """Medians of one case: seconds of both ways to load it, and the peak memory of the emulated one."""

    case: str
    rows: int
    files: int
    copy_s: float
    postgresql_s: float
    peak_mb: float

    @property
    def ratio(self) -> float:
        """How many times as long the emulation takes."""
        return self.copy_s / self.postgresql_s


def main(arguments: Sequence[str]) -> int:
    """Measure, print a table and write it as JSON."""
    quick = "--quick" in arguments
    events, songs, rounds = (20_000, 300, 1) if quick else (1_000_000, 15_000, 5)
    with _scratch() as folder:
        results = [_measure(case, folder, rounds) for case in _cases(folder, events, songs)]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(result) | {"ratio": result.ratio} for result in results], indent=2) + "\n")
    _print(results)
    return 0


@contextmanager
def _scratch() -> Iterator[Path]:
    """Provide a folder with a warehouse of its own, gone in the end."""
    folder = Path(tempfile.mkdtemp(prefix="sparkify-bench-"))
    os.environ["SPARKIFY_HOME"] = str(folder / "home")
    try:
        yield folder
    finally:
        postgres_server.stop(folder / "home")
        shutil.rmtree(folder)


def _cases(folder: Path, events: int, songs: int) -> tuple[Case, ...]:
    write_lake(folder / "few", LakeSpec(events=events, songs=songs, users=2000, days=4))
    write_lake(folder / "many", LakeSpec(events=events, songs=0, users=2000, days=30))
    few = sorted((folder / "few/log_data").rglob("*.json"))
    for number, file in enumerate(few):
        data = file.read_bytes()
        _write(folder / f"gzip/{file.name}.gz", gzip.compress(data, 6))
        middle = data.find(b"\n", len(data) // 2) + 1 if number == len(few) // 2 else 0
        _write(folder / "one/events.json", data, "ab")
        _write(folder / f"bad/{file.name}", data[:middle] + b'{"artist":\n' * bool(middle) + data[middle:])

    def of_events(name: str, source: str, options: str = "") -> Case:
        return Case(f"{events:,} events in {name}", "staging_events", f"file://{folder}/{source}/", EVENTS + options)

    return (
        of_events("4 files", "few/log_data"),
        of_events("30 files", "many/log_data"),
        of_events("one file", "one"),
        of_events("4 files, gzip", "gzip", " GZIP"),
        of_events("4 files, one bad line", "bad", " MAXERROR 2"),
        Case(f"{songs:,} songs, a file each", "staging_songs", f"file://{folder}/few/song_data/", SONGS),
    )


def _write(path: Path, data: bytes, mode: str = "wb") -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open(mode) as file:
        file.write(data)


def _measure(case: Case, folder: Path, rounds: int) -> Result:
    ready_made = folder / "rows.txt"
    rows = _write_rows(case, ready_made)
    copied, plain = [], []
    for _ in range(rounds):
        copied.append(_load_in_process(case.table, case.source, case.options))
        plain.append(_load_in_process(case.table, str(ready_made), ""))
    files = sum(1 for path in Path(case.source.removeprefix("file://")).rglob("*") if path.is_file())
    return Result(
        case.name,
        rows,
        files,
        statistics.median(load["seconds"] for load in copied),
        statistics.median(load["seconds"] for load in plain),
        max(load["peak_mb"] for load in copied),
    )


def _write_rows(case: Case, path: Path) -> int:
    """Write the rows of a case as PostgreSQL's text, and return how many there are."""
    with closing(connect("local", schema=SCHEMA)) as connection:
        create_table(connection, case.table)
        load(connection, case.table, case.source, case.options)
        with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor, path.open("wb") as rows:
            cursor.copy_expert(f"COPY {case.table} TO STDOUT", rows)
            written: int = cursor.rowcount
        connection.rollback()
    return written


def _load_in_process(table: str, source: str, options: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.load", table, source, options]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _print(results: Sequence[Result]) -> None:
    table = Table("COPY of", "rows", "files", "COPY", "PostgreSQL", "ratio", "files/s", "peak memory", box=None)
    for result in results:
        table.add_row(
            result.case,
            f"{result.rows:,}",
            f"{result.files:,}",
            f"{result.copy_s:.2f} s",
            f"{result.postgresql_s:.2f} s",
            f"{result.ratio:.2f}",
            f"{result.files / result.copy_s:,.0f}",
            f"{result.peak_mb:.0f} MB",
        )
    Console(width=120).print(table)
