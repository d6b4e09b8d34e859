"""The table of `expectations/drift.md`: what is told of each drift, by which severity, in the batch that has it."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from expectations.running.results import ExpectationsFailed, SuiteResult
from flows.etl import etl
from sample_lake.simulation import LakeSpec, write_lake
from tasks.publish import repeated
from tasks.validate import keys, quality
from tasks.validate.key_drift import find_drift
from tasks.validate.volume import find_volume
from tests.flows.drifts import DRIFTS, Event
from tests.stages import bare_stages
from tests.state import forget_rows
from tests.tree import ROOT
from warehouse import CopyError, LakeChanged

PAGE = (ROOT / "expectations/drift.md").read_text(encoding="utf-8")
DAYS, TOGETHER = 36, 26
"""The last day has the drift; so many of those before are loaded at once, the others day by day."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Event]]]:
    """A lake that was loaded but for its last day, and the events of that."""
    lake, loaded = tmp_path_factory.mktemp("lake"), tmp_path_factory.mktemp("loaded")
    write_lake(lake, LakeSpec(events=400 * DAYS, songs=60, users=60, days=DAYS, seed=3))
    *days, last = sorted(lake.rglob("*-events.json"))
    with bare_stages():
        forget_rows()
        for number, day in enumerate(days, 1):
            day.rename(loaded / day.name)
            if number >= TOGETHER:
                etl(events=str(loaded), songs=str(lake / "song_data"))
        yield loaded / last.name, [json.loads(line) for line in last.read_text().splitlines()]


@contextmanager
def recorded() -> Iterator[set[str]]:
    """Record what a run tells, and whether it stops the run."""
    told: set[str] = set()
    severities = {"warn": "warning", "fail": "stops", "critical": "stops", "warning": "warning"}
    in_doubt = vars(quality)["run_suites"]

    def suites(*args: Any, **named: Any) -> list[SuiteResult]:
        results: list[SuiteResult] = in_doubt(*args, **named)
        for each in (each for result in results for each in result.violations):
            columns = {str(row.get("column_name", each.column)) for row in each.examples} or {str(each.column)}
            told.update(f"{severities[each.severity]}: {each.expectation} ({column})" for column in columns)
        return results

    def findings(find: Any) -> Any:
        def found(*args: Any) -> Any:
            results = find(*args)
            told.update(f"{severities[each.severity]}: {each.kind}" for each in results)
            return results

        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "run_suites", suites)
        patch.setattr(keys, "find_drift", findings(find_drift))
        patch.setattr(keys, "find_volume", findings(find_volume))
        patch.setattr(repeated, "tell", lambda *_: told.add("warning: repeated"))
        yield told


def tell(log: Path, events: Sequence[Event]) -> str:
    """Return what a run tells of a day, by whether it stops the run; nothing is published."""
    log.write_text("\n".join(map(json.dumps, events)))
    with recorded() as told:
        try:
            etl(events=str(log.parent), dry_run=True)
        except CopyError:
            told.add("stops: lines that COPY refuses")
        except (LakeChanged, ExpectationsFailed) as error:
            told.update(
                ["stops: lines that COPY refuses"] if "Overflow" in str(error) or "allows" in str(error) else []
            )
    log.unlink()
    parts = [
        f"{severity}: {', '.join(sorted(each.partition(': ')[2] for each in told if each.startswith(severity)))}"
        for severity in ("stops", "warning")
        if any(each.startswith(severity) for each in told)
    ]
    return "; ".join(parts) or "nothing"


def test_the_page_has_every_drift() -> None:
    assert re.findall(r"^\| (?!drift |---)([^|]+) \|", PAGE, re.MULTILINE) == [*DRIFTS]


@pytest.mark.slow
@pytest.mark.parametrize("name", DRIFTS)
def test_a_drift_is_told_as_the_page_says(history: tuple[Path, list[Event]], name: str) -> None:
    log, events = history
    row = f"| {name} | {tell(log, DRIFTS[name](events))} |"
    assert row in PAGE, row
