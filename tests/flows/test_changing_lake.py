"""Whatever happens to a lake between runs, the star is that of one load of its files as they are."""

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from expectations.running.results import ExpectationsFailed
from flows.erase import erase
from flows.etl import etl
from tasks.provision.provisioning import provision
from tests.expectations.rows import execute
from tests.flows.lakes import EVENT, SONG, Lake, read_star
from tests.flows.model import Document, expected_star
from tests.flows.test_order_independence import EVENTS, REFUSE, SONGS, SPOILERS
from tests.stages import bare_stages
from tests.state import fetch, forget_rows
from warehouse import CopyError, StorageError, connect, open_warehouse

FEW = 4
SEQUENCES = int(os.environ.get("SPARKIFY_TEST_LAKES", "25"))
MOVES = 20


@dataclass(frozen=True)
class Move:
    """Something that happens to a lake: `which` picks the file, `rows` are the new content of it."""

    kind: str
    which: int
    dataset: str
    rows: tuple[dict[str, Any], ...]


def _move(kind: str, dataset: str) -> st.SearchStrategy[Move]:
    rows = st.lists(EVENTS, min_size=1, max_size=8) if dataset == "events" else st.lists(SONGS, min_size=1, max_size=1)
    return st.builds(Move, st.just(kind), st.integers(0, 7), st.just(dataset), rows.map(tuple))


KINDS = (
    "add",
    "add",
    "correct",
    "correct",
    "change a row",
    "put back",
    "copy",
    "rename",
    "vanish",
    "run",
    "run",
    "fail",
    "erase",
)
ANY_MOVE = st.sampled_from([(kind, dataset) for kind in KINDS for dataset in ("events", "songs")]).flatmap(
    lambda pair: _move(*pair)
)


@dataclass
class Model:
    """What the lake holds, what was loaded of it and stays, and which files were loaded together."""

    files: dict[tuple[str, str], tuple[Document, ...]] = field(default_factory=dict)
    earlier: dict[tuple[str, str], tuple[Document, ...]] = field(default_factory=dict)
    loaded: dict[tuple[str, str], tuple[Document, ...]] = field(default_factory=dict)
    batches: dict[tuple[str, str], int] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    made: int = 0

    def needs_missing(self) -> set[tuple[str, str]]:
        """Return the files that are gone and were loaded together with one that was replaced."""
        changed = {key for key in self.files if key in self.loaded and self.files[key] != self.loaded[key]}
        again = {(dataset, self.batches[dataset, name]) for dataset, name in changed}
        return {key for key in self.loaded if key not in self.files and (key[0], self.batches[key]) in again}

    def load(self, batch: int) -> None:
        """Enter that a run has loaded the lake as it is."""
        changed = {key for key in self.files if key in self.loaded and self.files[key] != self.loaded[key]}
        again = {(dataset, self.batches[dataset, name]) for dataset, name in changed}
        for key in [*self.loaded]:
            if (key[0], self.batches[key]) in again:
                del self.loaded[key]
        for key in self.files:
            if key not in self.loaded:
                self.loaded[key], self.batches[key] = self.files[key], batch

    def documents(self, dataset: str, blank: Mapping[str, Any]) -> list[Document]:
        """Return all rows of a dataset that count: none of people who were erased."""
        documents = [{**blank, **row} for key, rows in self.loaded.items() if key[0] == dataset for row in rows]
        return [document for document in documents if document.get("userId") not in self.erased]


def _try(examples: int, *, derandomize: bool) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=derandomize,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@_try(FEW, derandomize=True)
@given(moves=st.lists(ANY_MOVE, min_size=8, max_size=10))
def test_the_star_equals_the_lake_after_any_changes(tmp_path: Path, moves: list[Move]) -> None:
    with bare_stages():
        _live(Lake(tmp_path / "lake"), moves)


@pytest.mark.slow
@pytest.mark.timeout(300 * SEQUENCES)
@_try(SEQUENCES, derandomize=SEQUENCES == 25)
@given(moves=st.lists(ANY_MOVE, min_size=MOVES, max_size=MOVES))
def test_it_does_after_many(tmp_path: Path, moves: list[Move]) -> None:
    with bare_stages():
        _live(Lake(tmp_path / "lake"), moves)


def _live(lake: Lake, moves: Iterable[Move]) -> None:
    forget_rows()
    provision.fn(open_warehouse("local"))
    with closing(connect()) as connection, connection:
        execute(connection, REFUSE)
    shutil.rmtree(lake.folder, ignore_errors=True)
    model = Model()
    for move in moves:
        if move.kind in ("run", "fail"):
            _run(lake, model, spoiled_by=sorted(SPOILERS)[move.which % len(SPOILERS)] if move.kind == "fail" else None)
        elif move.kind == "erase":
            _erase(model, move.rows[0].get("userId") or "10")
        else:
            _change(lake, model, move)
    _run(lake, model, spoiled_by=None)


def _change(lake: Lake, model: Model, move: Move) -> None:
    """Change the lake and the model alike."""
    there = sorted(key for key in model.files if key[0] == move.dataset)
    key = there[move.which % len(there)] if there else (move.dataset, "")
    fresh = (move.dataset, f"{model.made}")
    if move.kind == "add" or not there:
        model.made += 1
        _write(lake, model, fresh, move.rows)
    elif move.kind == "correct":
        _write(lake, model, key, move.rows)
    elif move.kind == "change a row":
        rows = list(model.files[key])
        rows[move.which % len(rows)] = {**rows[move.which % len(rows)], **move.rows[0]}
        _write(lake, model, key, tuple(rows))
    elif move.kind == "put back":
        _write(lake, model, key, model.earlier.get(key, model.files[key]))
    elif move.kind == "copy":
        model.made += 1
        _write(lake, model, fresh, model.files[key])
    elif move.kind == "rename":
        model.made += 1
        _write(lake, model, fresh, model.files[key])
        _delete(lake, model, key)
    elif move.kind == "vanish":
        _delete(lake, model, key)


def _write(lake: Lake, model: Model, key: tuple[str, str], rows: tuple[Document, ...]) -> None:
    dataset, name = key
    if key in model.files:
        model.earlier[key] = model.files[key]
    if dataset == "events":
        lake.log(name, *rows)
    else:
        lake.song(name, rows[0])
    model.files[key] = rows


def _delete(lake: Lake, model: Model, key: tuple[str, str]) -> None:
    dataset, name = key
    folder = lake.folder / ("log_data" if dataset == "events" else "song_data")
    path = folder / (f"{name}-events.json" if dataset == "events" else f"{name}.json")
    path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    del model.files[key]


def _run(lake: Lake, model: Model, *, spoiled_by: str | None) -> None:
    """Run the flow, and compare what comes of it with one load of all that counts."""
    if spoiled_by is not None:
        spoiler = lake.log("spoiler", SPOILERS[spoiled_by])
        before = read_star()
        with pytest.raises((CopyError, ExpectationsFailed, StorageError, psycopg2.InternalError)):
            etl(**lake.there)
        assert read_star() == before
        spoiler.unlink()
        if not any(spoiler.parent.iterdir()):
            spoiler.parent.rmdir()
    without_missing = False
    if model.needs_missing() and lake.there:
        with pytest.raises(StorageError, match="--without-missing"):
            etl(**lake.there)
        without_missing = True
    if not lake.there:
        return
    etl(**lake.there, without_missing=without_missing)
    [(batch,)] = fetch("SELECT MAX(batch_id) FROM batches")
    model.load(int(str(batch)))
    _compare(model)


def _erase(model: Model, user_id: str) -> None:
    """Forget a person, of whom there may be nothing, and compare what is left."""
    erase(user=int(user_id), confirm=True, in_advance=True)
    model.erased.add(user_id)
    _compare(model)


def _compare(model: Model) -> None:
    """Compare star and lake tables with what one load of all that counts would give."""
    assert read_star() == expected_star(model.documents("events", EVENT), model.documents("songs", SONG))
    for table, dataset, blank in (("lake_events", "events", EVENT), ("lake_songs", "songs", SONG)):
        assert fetch(f"SELECT COUNT(*) FROM {table}") == [(len(model.documents(dataset, blank)),)]
