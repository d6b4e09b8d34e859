"""A Prefect server for the tests, which do not import it: that takes longer than to start it."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

from prefect.context import _temporary_global_settings_context, get_settings_context
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    temporary_settings,
)

from cli.prefect_server import AS_PREFECT_STARTS_ITS_OWN, address_of, listen, start_server, wait_until_healthy
from tests.tree import ROOT

NEW = ROOT / f".cache/tests/prefect-{version('prefect')}.db"
"""A new server's database, kept from one run to the next: to make one takes longer than all else that a server does."""

PATIENT = {"PREFECT_SERVER_DATABASE_TIMEOUT": "120"}
"""For a busy machine: who waits for its database for longer gets a 503."""


@contextmanager
def serving() -> Iterator[str]:
    """Use a server in the body, which gets the URL of its API; no heartbeats, which make each run wait for them."""
    listener, database = listen(), Path(PREFECT_HOME.value()) / "prefect.db"
    address = address_of(listener)
    api = f"{address}/api"
    database.parent.mkdir(parents=True, exist_ok=True)
    if NEW.exists():
        shutil.copy(NEW, database)
    server = start_server(listener, os.environ | AS_PREFECT_STARTS_ITS_OWN | PATIENT, None)
    try:
        wait_until_healthy(server, address, lambda: "its last words are above")
        if not NEW.exists():
            _keep(database)
        settings = {PREFECT_API_URL: api, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
        # Threads that are not Prefect's have no settings but the global ones.
        with temporary_settings(settings), _temporary_global_settings_context(get_settings_context()):
            yield api
            APILogWorker.drain_all()
            EventsWorker.drain_all()
    finally:
        server.kill()
        server.communicate()


def _keep(database: Path) -> None:
    """Copy the database of a server, which has just started."""
    NEW.parent.mkdir(parents=True, exist_ok=True)
    draft = NEW.with_name(f"{NEW.name}.{os.getpid()}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
    draft.replace(NEW)
