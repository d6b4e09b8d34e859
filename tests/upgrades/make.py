"""Make what CI upgrades from: load a lake with older code, and keep what its warehouse holds as SQL.

    python -m tests.upgrades.make [--go-on] [COMMIT …]

For each commit, in a worktree of its own, with the packages that are installed here: its `sparkify etl` loads the lake
of `lake.py`, and `<commit>.sql` beside this file gets the tables, made and filled by plain statements, and
`<commit>.create.sql` the statements that made them. With --go-on this tree's code then loads one more day into the same
SPARKIFY_HOME, once while the server that the older code has started runs, and once after it was stopped; the rows of
every table are printed before and after.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2.extensions

from local_redshift import postgres_database, postgres_server
from local_redshift.postgres_programs import binaries
from tests.upgrades.lake import log_third_day, write_lake

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
COMMITS = ("9784b47", "f383d93", "8278844", "f298c7d", "96b6104", "79b318f")
"""The first that could load, the last before each change of a table, the last without versions (the 40 commits before
it have the same tables), and the last with lake tables before batches recorded how they end."""
WITHOUT_QUARANTINE = ("9784b47",)
GO_ON = "--go-on"
LAKE = "@LAKE@"
"""What stands in the dumps for the folder of the lake."""


def make(commit: str, *, goes_on: bool) -> None:
    """Dump what a commit makes of the lake; and, if it goes on, print what this tree's code makes of its home."""
    with tempfile.TemporaryDirectory(prefix="up-") as made, _worktree(Path(made) / "tree", commit) as tree:
        lake = write_lake(Path(made) / "lake")
        budget = () if commit in WITHOUT_QUARANTINE else ("--quarantine-budget", "0.5")
        if not budget:
            (lake.folder / "log_data/2018-11-13-events.json").unlink()
        running, stopped = Path(made) / "running", Path(made) / "stopped"
        _etl(tree, running, lake.folder, *budget)
        postgres_server.stop(running)
        subprocess.run(["cp", "-a", str(running), str(stopped)], check=True)  # the owner too, who runs the server
        text = _dump(postgres_server.start(stopped)).replace(str(lake.folder), LAKE)
        (FOLDER / f"{commit}.sql").write_text(text, encoding="utf-8")
        tables = sorted((tree / "sql/create").glob("*.sql"))
        declared = "\n".join(table.read_text(encoding="utf-8") for table in tables)
        (FOLDER / f"{commit}.create.sql").write_text(declared, encoding="utf-8")
        postgres_server.stop(stopped)
        if goes_on:
            _etl(tree, running, lake.folder, *budget)  # starts the server
            log_third_day(write_lake(lake.folder))
            for home in (stopped, running):
                before = _rows(home)
                _etl(ROOT, home, lake.folder, "--quarantine-budget", "0.5")
                sys.stdout.write(f"{commit} {home.name}: {before} -> {_rows(home)}\n")
                postgres_server.stop(home)


@contextmanager
def _worktree(tree: Path, commit: str) -> Iterator[Path]:
    git = ("git", "-C", str(ROOT), "worktree")
    subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
    try:
        yield tree
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def _etl(tree: Path, home: Path, lake: Path, *options: str) -> None:
    """Run the command of a tree; it lay in another room once."""
    room = "cli" if (tree / "cli").is_dir() else "flows"
    environment = {"SPARKIFY_HOME": str(home), "PREFECT_HOME": str(home.parent / "prefect"), "PYTHONPATH": str(tree)}
    given = ("--events", str(lake / "log_data"), "--songs", str(lake / "song_data"), *options)
    subprocess.run([sys.executable, "-m", room, "etl", *given], cwd=tree, env={**os.environ, **environment}, check=True)


def _dump(server: Path) -> str:
    """Return statements that make the tables and their rows; psql's own commands and comments are left out."""
    options = ("--schema=sparkify", "--inserts", "--no-owner", "--no-privileges", "--no-comments")
    command = [str(binaries() / "pg_dump"), f"--host={server}", f"--username={postgres_database.OWNER}", *options]
    dumped = subprocess.run([*command, postgres_database.DATABASE], check=True, capture_output=True, text=True).stdout
    lines = (line for line in dumped.splitlines() if line and not line.startswith(("\\", "--", "SET ")))
    return "\n".join(lines) + "\n"


def _rows(home: Path) -> Mapping[str, int]:
    """Count the rows of every table."""
    counted = {}
    with (
        closing(postgres_server.open_session(home, psycopg2.extensions.connection)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'sparkify' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT COUNT(*) FROM sparkify.{table}")
            [(counted[table],)] = cursor.fetchall()
    return counted


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if each != GO_ON]
    for each in given or COMMITS:
        make(each, goes_on=GO_ON in sys.argv)
