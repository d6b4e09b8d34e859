"""How far a COPY is that takes long, by the warehouse's own load history: told while the task works, and in the UI."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from math import inf
from threading import Event, Thread
from time import monotonic
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

import sql
from tasks import steps
from tasks.best_effort import best_effort
from tasks.discover.discovery import Manifest
from tasks.run_log import run_logger
from tasks.steps import tell_so_far
from warehouse import Warehouse, WarehouseConnection
from warehouse.local import LocalWarehouse

LONG_S = 15.0
"""A COPY that takes no longer has no artifact, and costs Redshift no statement."""
PAUSE_S = 5.0
LOCAL_S = 1.0
"""When and how often the local warehouse is queried for whoever watches: that costs nothing."""


@contextmanager
def shown_progress(
    warehouse: Warehouse, session_id: int, manifest: Manifest, long_s: float = LONG_S, pause_s: float = PAUSE_S
) -> Iterator[None]:
    """Show how far the COPY is that this session runs in the body; that it cannot be shown fails nothing."""
    progress = _Progress(warehouse, session_id, manifest)
    thread = Thread(target=copy_context().run, args=(progress.show, long_s, pause_s), daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        progress.end(thread, is_complete=False)
        raise
    progress.end(thread, is_complete=True)


@dataclass
class _Progress:
    warehouse: Warehouse
    session_id: int
    manifest: Manifest
    ended: Event = field(default_factory=Event)
    artifact_id: UUID | None = None

    def show(self, long_s: float, pause_s: float) -> None:
        """Report the progress until the COPY has ended, in the UI once it takes long."""
        is_cheap = isinstance(self.warehouse, LocalWarehouse) and steps.WATCHED is not None
        long_at_s, most_s = monotonic() + long_s, LOCAL_S if is_cheap else inf
        if self.ended.wait(min(long_s, most_s)):
            return
        try:
            with closing(self.warehouse.connect()) as connection:
                while not self.ended.is_set():
                    self._read(connection, is_long=monotonic() >= long_at_s)
                    self.ended.wait(min(pause_s, most_s))
        except Exception as error:  # noqa: BLE001 - the load goes on, whatever it is
            run_logger().debug("the progress of the COPY is not known: %s", error)

    def end(self, thread: Thread, *, is_complete: bool) -> None:
        """Stop, and report that all is loaded if it is."""
        self.ended.set()
        thread.join()
        tell_so_far("")
        if self.artifact_id and is_complete:
            with best_effort("the progress of a COPY stays incomplete in Prefect's UI", "the COPY itself is complete"):
                update_progress_artifact(self.artifact_id, 100.0, f"{self.manifest.summary}: loaded")

    def _read(self, connection: WarehouseConnection, *, is_long: bool) -> None:
        with connection, connection.cursor() as cursor:
            found = sql.fetch_named(cursor, "inspect/copy_progress", session_id=self.session_id)
        for copied in found:
            # the local warehouse knows no size of what a manifest names
            size_bytes = float(copied["source_file_bytes"]) or sum(file.size_bytes for file in self.manifest.files)
            percent = min(100.0 * float(copied["file_bytes_scanned"]) / max(size_bytes, 1.0), 100.0)
            loaded = f"{copied['file_count_scanned']} of {copied['source_file_count']} files loaded"
            tell_so_far(f"{loaded} ({percent:.0f}%)")
            if is_long:
                self._report(percent, loaded)

    def _report(self, percent: float, description: str) -> None:
        if self.artifact_id:
            update_progress_artifact(self.artifact_id, percent, description)
        else:
            key = f"sparkify-copy-{self.manifest.dataset}"
            self.artifact_id = cast("UUID", create_progress_artifact(percent, key=key, description=description))
