"""A warehouse with one batch loaded, and a lake that holds the next."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerProcess
from typing import Any, cast

import psycopg2.extensions
import pytest
from prefect import Flow, Task
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.etl import etl
from local_redshift import postgres_server
from sql.tables import TABLES
from tasks.batch import find_outcome, open_batch
from tasks.discover.discovery import discover
from tasks.discover.sources import find_sources, keep_sources
from tasks.lease import hold_warehouse
from tasks.provision.integrity import check_tables
from tasks.provision.provisioning import provision
from tasks.publish.publication import publish
from tasks.report import Summary
from tasks.stage.staging import stage
from tasks.validate.quality import validate_staging
from tests.crash.committed import Committed, committed
from tests.crash.processes import PROCESSES
from tests.crash.watched import Look, save_block, watch
from tests.flows.lakes import Lake
from tests.stages import bare_stages
from tests.state import forget_everything
from warehouse.home import home

RETRIED: tuple[Task[..., Any], ...] = (
    provision, check_tables, hold_warehouse, open_batch, find_sources, keep_sources, discover, stage, validate_staging,
    publish, find_outcome,
)  # fmt: skip


BUDGET = 0.5
"""The share of bad rows that the second batch may have, and has not used up."""


@dataclass(frozen=True)
class SecondBatch:
    """A run that is about to load the second batch: what is committed before it and after it."""

    lake: Lake
    block: str
    old: Committed
    new: Committed

    def run(self, look: Look = lambda *_: None, **options: Any) -> Summary:
        """Run the flow under a watch, with more options if there are any."""
        return run_watched(self.lake, self.block, look, **options)


def run_watched(lake: Lake, block: str, look: Look = lambda *_: None, **options: Any) -> Summary:
    """Run the flow under a watch, one COPY after the other."""
    watch(look)
    given = {"events": lake.events, "songs": lake.songs, "quarantine_budget": BUDGET, **options}
    summary: Summary = etl_one_by_one()(warehouse=block, **given)
    return summary


@cache
def etl_one_by_one() -> Flow[..., Summary]:
    """Return the flow that runs one task after the other; Prefect takes long to make one."""
    return etl.with_options(task_runner=cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=1)))


def restore() -> None:
    """Put back what was saved."""
    _in_plain_sql(*(f"DELETE FROM sparkify.{t}; INSERT INTO sparkify.{t} TABLE saved.{t}" for t in TABLES))


def _save() -> None:
    copies = (f"CREATE TABLE saved.{table} AS TABLE sparkify.{table}" for table in TABLES)
    _in_plain_sql("DROP SCHEMA IF EXISTS saved CASCADE", "CREATE SCHEMA saved", *copies)


def _in_plain_sql(*statements: str) -> None:
    with (
        closing(postgres_server.open_session(home(), psycopg2.extensions.connection)) as plain,
        plain,
        plain.cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)


def try_again_at_once() -> None:
    """Let what is tried again be tried at once."""
    for task in RETRIED:
        task.retry_delay_seconds = [0]


@pytest.fixture
def without_delay() -> Iterator[None]:
    """Try again at once, for one test."""
    delays = [task.retry_delay_seconds for task in RETRIED]
    try_again_at_once()
    yield
    for task, delay in zip(RETRIED, delays, strict=True):
        task.retry_delay_seconds = delay


@pytest.fixture(scope="module")
def loaded_once(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondBatch]:
    """The second batch, loaded once to see what comes of it: it adds rows to every table, changes and refuses some."""
    forget_everything()
    lake, block = Lake(tmp_path_factory.mktemp("lake")), save_block()
    lake.log("2018-11-12", {})
    lake.song("TRA", {})
    with bare_stages():
        run_watched(lake, block)
    _save()
    old = committed()
    plays = ({"ts": 1542990258796, "sessionId": 1, "level": "paid"}, {"userId": "11", "sessionId": 2})
    lake.log("2018-11-13", *plays, {"sessionId": 3, "level": "gold"}, '{"ts": "yesterday"}')
    lake.song("TRB", {"song_id": "SOAAAAA12A8C13C480", "artist_location": "London"})
    with bare_stages():
        run_watched(lake, block)
    new = committed()
    assert old is not None
    assert new is not None
    assert [row[4] for row in new.quarantine] == ["expect_column_values_to_be_in_set", "1206"], new.quarantine
    yield SecondBatch(lake, block, old, new)
    _in_plain_sql("DROP SCHEMA saved CASCADE")


@pytest.fixture
def second_batch(loaded_once: SecondBatch) -> SecondBatch:
    """The second batch, not loaded yet."""
    restore()
    return loaded_once


RunProcess = Callable[[Lake], ForkServerProcess]


@pytest.fixture
def run_process(prefect_server: str) -> RunProcess:
    """Start a process that runs the flow on a lake."""

    def start(lake: Lake) -> ForkServerProcess:
        process = PROCESSES.Process(target=run_flow, args=(prefect_server, lake))
        process.start()
        return process

    return start


def run_flow(api: str, lake: Lake) -> str:
    """Run the flow against a Prefect server, and return its headline."""
    with temporary_settings(updates={PREFECT_API_URL: api, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        return etl(events=lake.events, songs=lake.songs, quarantine_budget=BUDGET).headline
