"""Plays that are there twice are told, unless their batch takes the place of another one, or they are few."""

import logging
from dataclasses import replace
from datetime import datetime

import pytest

from lake.object_store import StoredObject
from tasks.discover.discovery import Manifest
from tasks.publish.ledger import BatchRows
from tasks.publish.repeated import tell_repeated
from tasks.stage.staging import Staged
from tasks.validate import keys

FILE = StoredObject("file:///a.json", "1", 9, datetime(2018, 11, 1))
STAGED = Staged(Manifest("events", "file:///m", (FILE,)), 400, {}, (), 0.0)
ROWS = BatchRows(400, 0, 300, 300, None, None, None)


@pytest.mark.parametrize(
    ("rows", "staged", "told"),
    [
        (replace(ROWS, new_play_rows=0), STAGED, ["300 of 300 plays are there twice"]),
        (replace(ROWS, new_play_rows=270), STAGED, ["30 of 300 plays are there twice"]),
        (replace(ROWS, new_play_rows=271), STAGED, []),
        (replace(ROWS, play_rows=29, new_play_rows=0), STAGED, []),
        (replace(ROWS, new_play_rows=0), replace(STAGED, manifest=replace(STAGED.manifest, supersedes=(1,))), []),
        (replace(ROWS, new_play_rows=0), replace(STAGED, manifest=replace(STAGED.manifest, files=())), []),
        (replace(ROWS, new_play_rows=0), replace(STAGED, manifest=replace(STAGED.manifest, dataset="songs")), []),
    ],
)
def test_plays_that_are_there_twice_are_told(
    rows: BatchRows, staged: Staged, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    monkeypatch.setattr(keys, "emit_event", lambda *_, payload, **__: events.extend(payload["changes"]))
    monkeypatch.setattr(keys, "run_logger", logging.getLogger)
    tell_repeated(rows, [staged])
    assert [event.removeprefix("events: ").partition(",")[0] for event in events] == told
