"""How far a long COPY is, in the UI."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import TypeVar

import psycopg2.extensions
import pytest
from prefect import flow
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import Artifact as StoredArtifact

import sql
from tasks import steps
from tasks.batch import Batch, exclusive_batch
from tasks.discover.discovery import Manifest, Source, discover
from tasks.provision.provisioning import provision
from tasks.stage.copies import write_copies
from tasks.stage.copy_progress import shown_progress
from tasks.steps import Work, watched_part
from tests.flows.lakes import Lake
from tests.state import read_only
from warehouse import open_warehouse

pytestmark = pytest.mark.usefixtures("whole_flows")

KEY = "sparkify-copy-events"


def artifact() -> StoredArtifact | None:
    """The progress of the events' COPY, as the UI shows it."""
    found = Artifact.get(KEY)
    assert found is None or isinstance(found, StoredArtifact)
    return found


T = TypeVar("T")


def let_go_once_it_is_shown(other: psycopg2.extensions.connection, look: Callable[[], T | None], seen: list[T]) -> None:
    """Wait for what is shown of a COPY that waits for `other`, and let it go on."""
    while not (found := look()):
        Event().wait(0.05)
    seen.append(found)
    other.rollback()


@flow(name="copy")
def copy(folder: str, long_s: float) -> None:
    """COPY the logs of a folder."""
    target = open_warehouse("local")
    with exclusive_batch(target) as batch, closing(target.connect()) as connection, connection.cursor() as cursor:
        manifest = manifest_of(folder, batch)
        with watched_part("copy"), shown_progress(target, connection.info.backend_pid, manifest, long_s, pause_s=0.1):
            sql.run(
                cursor,
                "copy/staging_events",
                manifest_url=manifest.url,
                compression=manifest.compression,
                iam_role=target.iam_role,
                max_error=0,
            )


def manifest_of(folder: str, batch: Batch) -> Manifest:
    """Find the logs of a folder, and write down for COPY what it is to read."""
    target = open_warehouse("local")
    found = discover(target, batch, [Source("events", f"file://{folder}")], full_refresh=False)
    (manifest,) = write_copies(target.store, next(manifest for manifest in found if manifest.files))
    return manifest


def test_a_copy_that_takes_long_shows_how_far_it_is(tmp_path: Path) -> None:
    lake, seen = Lake(tmp_path), list[StoredArtifact]()
    lake.log("2018-11-12", {})
    lake.log("2018-11-13", {"sessionId": 1})
    with read_only("staging_events") as other:
        releasing = Thread(target=let_go_once_it_is_shown, args=(other, artifact, seen))
        releasing.start()
        copy(lake.events, long_s=0.0)
        releasing.join()
    (while_it_waits,) = seen
    assert (while_it_waits.data, while_it_waits.description) == (0.0, "0 of 2 files loaded")
    at_the_end = artifact()
    assert at_the_end is not None
    assert (at_the_end.id, at_the_end.data) == (while_it_waits.id, 100.0)
    assert str(at_the_end.description).startswith("2 files, ")


def test_on_the_local_warehouse_whoever_watches_sees_sooner_how_far_a_copy_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, lake, seen, works = artifact(), Lake(tmp_path), list[str](), list[Work]()
    monkeypatch.setattr("tasks.stage.copy_progress.LOCAL_S", 0.05)
    monkeypatch.setattr(steps, "WATCHED", works)
    lake.log("2018-11-12", {})
    with read_only("staging_events") as other:

        def look() -> str | None:
            return next((each.so_far for each in works if each.so_far), None)

        releasing = Thread(target=let_go_once_it_is_shown, args=(other, look, seen))
        releasing.start()
        copy(lake.events, long_s=60.0)
        releasing.join()
    assert (seen, works[-1].name, works[-1].so_far) == (["0 of 1 files loaded (0%)"], "copy", "")
    assert artifact() == before


def test_a_copy_that_is_done_soon_shows_nothing(tmp_path: Path) -> None:
    before = artifact()
    lake = Lake(tmp_path)
    lake.log("2018-11-12", {})
    provision.fn(open_warehouse("local"))
    copy(lake.events, long_s=60.0)
    assert artifact() == before
