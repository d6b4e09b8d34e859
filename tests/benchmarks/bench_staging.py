"""The flow's staging beside what people write or pick to get the same files into the same PostgreSQL.

The alternatives are installed, pinned, into a venv of their own the first time. Each gets the lake as it is, and leaves
the same numbers of rows in tables of its own. The slow ones are measured once.
"""

import subprocess
import venv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from local_redshift import postgres_server
from tests.benchmarks.figures import Figure, Scale, figure
from tests.benchmarks.hand_written.load import open_plain
from tests.benchmarks.lake import make_lake
from tests.benchmarks.process import ROOT, in_process
from warehouse.home import home

VENV = ROOT / ".cache/bench-venv"
REQUIREMENTS = (
    "dlt[filesystem,parquet,postgres]==1.31.0",
    "adbc-driver-postgresql==1.13.0",
    "pandas==3.1.1",
    "psycopg2-binary==2.9.13",
    "sqlalchemy==2.0.58",
)


@dataclass(frozen=True)
class Alternative:
    """A script, what it is, how often it is measured at most, and the share of its time that staging may take."""

    script: str
    name: str
    rounds: int
    ratio_limit: float


ALTERNATIVES = (
    Alternative("dlt_arrow", "dlt with Arrow tables", 5, 1 / 2.5),
    Alternative("dlt_defaults", "dlt with its defaults", 1, 1 / 20),
    Alternative("pandas_to_sql", "pandas read_json and to_sql", 1, 1 / 20),
    Alternative("row_by_row", "a script that inserts row by row", 1, 1 / 20),
)


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Load a lake into staging with each of them, in turns with the flow's own staging."""
    python = _install()
    lake = folder / "lake"
    make_lake(lake, scale.events)
    in_process("stage", str(lake))  # starts PostgreSQL and makes the tables
    socket = str(postgres_server.start(home()))
    for alternative in ALTERNATIVES:
        staged, loaded = [], []
        for _ in range(scale.at_most(alternative.rounds)):
            staged.append(in_process("stage", str(lake)))
            loaded.append(in_process(f"alternatives.{alternative.script}", str(lake), socket, python=python))
        _require_same_rows(alternative.script)
        case = f"staging of {scale.events:,} events, 15,000 songs"
        note = f"{loaded[-1].peak_mb:,.0f} MB there"
        yield figure(case, staged, alternative.name, loaded, ratio_limit=alternative.ratio_limit, note=note)


def _install() -> str:
    """Make the venv of the alternatives if it is not there, and return its Python."""
    python = VENV / "bin/python"
    installed = VENV / ".installed"
    wanted = "\n".join(REQUIREMENTS)
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(VENV, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        installed.write_text(wanted)
    return str(python)


def _require_same_rows(schema: str) -> None:
    """Refuse a comparison with a load that lost or invented rows."""
    with closing(open_plain()) as connection, connection.cursor() as cursor:
        for table in ("staging_events", "staging_songs"):
            cursor.execute(f"SELECT (SELECT COUNT(*) FROM sparkify.{table}), (SELECT COUNT(*) FROM {schema}.{table})")
            ((due, found),) = cursor.fetchall()
            if due != found:
                raise RuntimeError(f"{schema}.{table} has {found:,} rows, not {due:,}")
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
        connection.commit()
