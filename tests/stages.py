"""Recipes by their stages and their SQL alone, without Prefect's engine, and without the suites where they must pass.

A flow and a task are then the functions that they were made of, so there are no retries, time limits, states, logs or
events; artifacts and blocks are kept in memory. Rows are first held against the hand-written queries of the benchmarks,
which find fault wherever a suite does (tests/benchmarks/test_hand_written.py). Only rows with faults are put to Great
Expectations, whose words are then what the run says. Everything else is the real thing, at a tenth of the time.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import psycopg2
import pytest
from prefect import Flow, Task
from prefect.artifacts import Artifact
from prefect.blocks.core import Block
from prefect.client.schemas.objects import Artifact as StoredArtifact
from prefect.client.schemas.objects import State
from prefect.events import utilities
from prefect.logging import disable_run_logger
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL
from prefect.utilities.annotations import BaseAnnotation

from expectations.pages.store import DataDocs
from expectations.running.checks import LATEST, Check, Lendable
from expectations.running.results import SuiteResult
from expectations.running.run import run_suites
from tasks.validate import quality
from tests.benchmarks.hand_written.load import FOLDER

RUN: ContextVar[str] = ContextVar("run", default="")
WHERE = re.compile(r"WHERE (\w+\.)?batch_id = %\(batch_id\)s")


@contextmanager
def bare_stages() -> Iterator[None]:
    """Run flows in the body by their stages alone."""
    artifacts: dict[str | None, StoredArtifact] = {}

    def keep(self: Artifact, *_: object, **__: object) -> StoredArtifact:
        kept = StoredArtifact(id=uuid4(), key=self.key, description=self.description, data=self.format(_sync=True))  # type: ignore[call-arg]
        artifacts[self.key] = kept
        return kept

    blocks: dict[str, Block] = {}
    load_saved = Block.load

    def save(self: Block, name: str, **_: object) -> None:
        self._block_document_name = name
        blocks[f"{self.get_block_type_slug()}/{name}"] = self.model_copy()

    def load(name: str) -> Block:
        if name not in blocks:
            if PREFECT_API_URL.value():  # it may have been saved before
                return cast("Block", load_saved(name))
            raise ValueError(f"Unable to find block document named {name}")
        return blocks[name].model_copy()

    with pytest.MonkeyPatch.context() as changed, disable_run_logger():
        changed.setattr(Flow, "__call__", _run_flow)
        changed.setattr(Task, "__call__", _run_task)
        changed.setattr(Task, "submit", _submit)
        changed.setattr(Artifact, "create", keep)
        changed.setattr(Artifact, "get", artifacts.get)
        changed.setattr(Block, "save", save)
        changed.setattr(Block, "load", load)
        changed.setitem(flow_run.FIELDS, "id", RUN.get)
        changed.setitem(flow_run.FIELDS, "name", RUN.get)
        changed.setattr(utilities, "should_emit_events", lambda: False)
        changed.setattr(quality, "run_suites", run_suites_in_doubt)
        for recipe in (
            "erase",
            "etl",
            "rebuild",
            "retract",
        ):  # they may do without; nobody would wait for it
            changed.setattr(f"flows.{recipe}.warm_up", lambda: None)
        yield


def _run_flow(self: Flow[..., Any], *args: Any, **kwargs: Any) -> Any:
    RUN.set(str(uuid4()))
    result = self.fn(*args, **kwargs)
    if isinstance(result, State):
        raise cast("Exception", result.data)
    return result


def _run_task(self: Task[..., Any], *args: Any, **kwargs: Any) -> Any:
    return self.fn(*map(_plain, args), **{name: _plain(value) for name, value in kwargs.items()})


def _submit(self: Task[..., Any], *args: Any, **kwargs: Any) -> "_Ended":
    try:
        return _Ended(_run_task(self, *args, **kwargs))
    except Exception as error:  # noqa: BLE001 - it is for who asks for the result
        return _Ended(error)


def _plain(value: object) -> object:
    return value.unwrap() if isinstance(value, BaseAnnotation) else value


@dataclass(frozen=True)
class _Ended:
    """The future of a task that has ended: what it returned or raised."""

    outcome: Any

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> Any:
        if raise_on_failure and isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def run_suites_in_doubt(
    connection: Lendable, checks: Sequence[Check], docs: DataDocs | None, begin: Callable[[Check], object]
) -> list[SuiteResult]:
    """Run the suites of rows with faults, and return what the others would."""
    rules = {check: _rules(connection, check) for check in checks}
    in_doubt = [check for check, kept in rules.items() if kept is None]
    found = iter(run_suites(connection, in_doubt, docs, begin) if in_doubt else ())
    return [next(found) if kept is None else SuiteResult(each.table, kept, 0, (), 0.0) for each, kept in rules.items()]


def _rules(connection: Lendable, check: Check) -> int | None:
    """Return how many rules the rows of a check keep; None if they break one, or cannot be asked."""
    query = (FOLDER / f"check/{check.table}.sql").read_text()
    is_of_batch = LATEST in check.query or check.table.startswith("reconciliation_")
    query = query.replace("%(batch_id)s", f"({LATEST})") if is_of_batch else WHERE.sub("", query)
    with connection.lend() as lent, lent.cursor() as cursor:
        cursor.execute("SAVEPOINT before_the_query")
        try:
            cursor.execute(query)
            [(rows, *faults)] = cursor.fetchall()
        except psycopg2.Error:
            cursor.execute("ROLLBACK TO SAVEPOINT before_the_query")
            return None
        cursor.execute("RELEASE SAVEPOINT before_the_query")
    is_missing = rows == 0 and check.table.startswith("staging_")
    return None if is_missing or any(faults) else len(faults)
