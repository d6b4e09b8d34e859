"""How long the local warehouse takes to COPY lakes, beside PostgreSQL's own COPY of the same rows as ready-made text.

Both run in turns on the same server, each load in a process of its own, on a fresh table that is never committed. What
counts is the ratio of the medians: it says how much of the machine's best the emulation keeps.
"""

import gzip
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2.extensions

from sample_lake.simulation import LakeSpec, write_lake
from tests.benchmarks.figures import Figure, Scale, figure
from tests.benchmarks.load import SCHEMA, create_table, load
from tests.benchmarks.process import in_process
from warehouse import connect

EVENTS = "FORMAT AS JSON 'auto ignorecase' TIMEFORMAT 'epochmillisecs' ROUNDEC"
SONGS = "FORMAT AS JSON 'auto' ROUNDEC"


@dataclass(frozen=True)
class Case:
    """One lake and how it is loaded."""

    name: str
    table: str
    source: str
    options: str


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Load each lake both ways, in turns."""
    for case in _cases(folder, scale.events, max(300, scale.events * 15 // 1000)):
        yield _measure(case, folder, scale.rounds)


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


def _measure(case: Case, folder: Path, rounds: int) -> Figure:
    ready_made = folder / "rows.txt"
    rows = _write_rows(case, ready_made)
    copied, plain = [], []
    for _ in range(rounds):
        copied.append(in_process("load", case.table, case.source, case.options))
        plain.append(in_process("load", case.table, str(ready_made), ""))
    files = sum(1 for path in Path(case.source.removeprefix("file://")).rglob("*") if path.is_file())
    note = f"{rows:,} rows; {files:,} files; {files / copied[-1].seconds:,.0f} files/s"
    return figure(f"COPY of {case.name}", copied, "PostgreSQL's COPY of ready-made rows", plain, note=note)


def _write_rows(case: Case, path: Path) -> int:
    """Write the rows of a case as PostgreSQL's text, and return how many there are."""
    with closing(connect("local", schema=SCHEMA, read_only=False)) as connection:
        create_table(connection, case.table)
        load(connection, case.table, case.source, case.options)
        with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor, path.open("wb") as rows:
            cursor.copy_expert(f"COPY {case.table} TO STDOUT", rows)
            written: int = cursor.rowcount
        connection.rollback()
    return written
