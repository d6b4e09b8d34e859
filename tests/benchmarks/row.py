"""Measure one row in a process of its own: `python -m tests.benchmarks.row NAME FOLDER EVENTS ROUNDS`.

Every figure is told as a line of JSON as soon as it is known. SPARKIFY_HOME and PREFECT_HOME are the caller's to set.
"""

import json
import sys
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from tests.benchmarks.figures import Scale
from tests.benchmarks.prefect_server import prefect_server
from tests.benchmarks.rows import ROWS


def main(name: str, folder: str, events: str, rounds: str) -> None:
    """Measure the row on what it writes into the folder."""
    with prefect_server() if ROWS[name].runs_flows else nullcontext():
        module = import_module(f"tests.benchmarks.{ROWS[name].module}")
        for figure in module.measure(Path(folder), Scale(int(events), int(rounds))):
            sys.stdout.write(json.dumps(replace(figure, row=name).as_record()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
