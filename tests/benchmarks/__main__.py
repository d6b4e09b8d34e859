"""`make bench` and `make bench-compare`: measure rows, show them, keep them, and hold them against earlier ones."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cli.__main__ import LOGGING
from cli.telemetry import OFF
from local_redshift import postgres_server
from tests.benchmarks import history, table
from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.process import ROOT
from tests.benchmarks.rows import ROWS


def main(arguments: Sequence[str]) -> int:
    """Run one of the two commands, and return its exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind then either
    if options.command == "compare":
        return _compare(options.earlier)
    return _run(options.rows or list(ROWS), Scale(options.size, options.rounds))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure rows")
    run.add_argument("rows", nargs="*", metavar="ROW", help=f"all of them by default: {', '.join(ROWS)}")
    run.add_argument("--size", type=int, default=Scale.events, help="events of a lake; smaller to try (%(default)s)")
    run.add_argument("--rounds", type=int, default=Scale.rounds, help="how often each is measured (%(default)s)")
    compare = commands.add_parser("compare", help="hold the latest run against earlier ones")
    compare.add_argument("--with", dest="earlier", default="", metavar="COMMIT", help="only against runs of a commit")
    return parser


def _run(rows: Sequence[str], scale: Scale) -> int:
    unknown = [row for row in rows if row not in ROWS]
    if unknown:
        sys.stderr.write(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}\n")
        return 2
    table.announce(rows, scale)
    figures: list[Figure] = []
    failed: list[str] = []
    for row in rows:
        started = time.perf_counter()
        measured, is_complete = _measure(row, scale)
        figures += measured
        failed += [] if is_complete else [row]
        table.tell_progress(row, time.perf_counter() - started, failed=row in failed)
    run = history.describe_run(scale, figures, failed)
    history.keep(run)
    table.show(run)
    return 1 if failed else 0


def _measure(row: str, scale: Scale) -> tuple[list[Figure], bool]:
    """Measure one row in a process and a folder of its own, and tell whether it came to its end; it says why if not."""
    with _scratch() as folder:
        homes = {"SPARKIFY_HOME": str(folder / "home"), "PREFECT_HOME": str(folder / "prefect")}
        environment = {**os.environ, **OFF, "PREFECT_LOGGING_SETTINGS_PATH": str(LOGGING), **homes}
        environment.pop("PREFECT_API_URL", None)
        command = [sys.executable, "-m", "tests.benchmarks.row", row, str(folder), str(scale.events), str(scale.rounds)]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [Figure.from_record(record) for record in told], done.returncode == 0


@contextmanager
def _scratch() -> Iterator[Path]:
    """Provide a folder; it goes in the end, with the servers of the warehouses in it."""
    folder = Path(tempfile.mkdtemp(prefix="sparkify-bench-"))
    (folder / "prefect").mkdir()
    try:
        yield folder
    finally:
        for home in folder.glob("home*"):
            postgres_server.stop(home)
        shutil.rmtree(folder)


def _compare(earlier: str) -> int:
    runs = history.runs()
    if len(runs) < 2:
        sys.stderr.write("there is nothing to compare: make bench keeps its runs, and there are not two yet\n")
        return 1
    *before, latest = runs
    table.show_comparison(latest, [run for run in before if run.commit.startswith(earlier)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
