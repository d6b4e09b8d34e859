"""A lake that changes, and what a warehouse should make of it: written from the guarantees, not from the code.

A version of a file is its content: two versions that are the same have the same etag.
"""

import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.flows.lakes import EVENT, SONG, Lake
from tests.flows.model import Document

Key = tuple[str, str]
"""A dataset, and the name of a file of it."""
Rows = tuple[Document, ...]
BLANK: Mapping[str, Mapping[str, Any]] = {"events": EVENT, "songs": SONG}
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "events": ("level", "firstName", "location"),
    "songs": ("year", "artist_location", "artist_latitude"),
}
BAD_LEVELS = ("premium", "gold")
"""Levels that COPY refuses, being too long, and that an expectation does."""


@dataclass(frozen=True)
class Move:
    """Something that happens to a lake: `which` picks the file, `rows` are the new content of it."""

    kind: str
    which: int
    dataset: str
    rows: tuple[dict[str, Any], ...]


@dataclass
class Model:
    """What the lake holds, what was loaded of it and stays, and which files were loaded together."""

    files: dict[Key, Rows] = field(default_factory=dict)
    earlier: dict[Key, Rows] = field(default_factory=dict)
    loaded: dict[Key, Rows] = field(default_factory=dict)
    batches: dict[Key, int] = field(default_factory=dict)
    retracted: set[tuple[Key, str]] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    """The datasets of which something was loaded before."""
    made: int = 0

    def load(self, batches: Mapping[Key, int], *, full_refresh: bool = False) -> None:
        """Enter that a run has loaded the lake as it is; which batches it made of it is for the run to say."""
        gone = {*self.loaded} if full_refresh else {key for key in self.loaded if self._is_with(self._changed(), key)}
        self._leave(gone)
        for key, rows in self.files.items():
            if key not in self.loaded and not self._is_retracted(key):
                self.loaded[key], self.batches[key] = rows, batches[key]
        self.known |= {dataset for dataset, _ in self.loaded}

    def retract(self, keys: Iterable[Key], batches: Mapping[Key, int]) -> None:
        """Enter that files are taken back; those that were loaded with them are there as the lake has them now."""
        again = self.loaded_with(keys)
        self.retracted |= {(key, content(self.loaded[key])) for key in keys}
        self._leave({*keys, *again})
        for key in again:
            if key in self.files and not self._is_retracted(key):
                self.loaded[key], self.batches[key] = self.files[key], batches[key]

    def needs_missing(self) -> set[Key]:
        """Return the files that are gone and were loaded together with one that was replaced."""
        return self.loaded_with(self._changed()) - {*self.files}

    def loaded_with(self, keys: Iterable[Key]) -> set[Key]:
        """Return the other files of the batches that loaded these."""
        return {key for key in self.loaded if self._is_with(keys, key)} - {*keys}

    def documents(self, dataset: str) -> list[Document]:
        """Return all rows of a dataset that count: none that is bad, none of people who were erased."""
        return [
            {**BLANK[dataset], **row}
            for key, rows in self.loaded.items()
            if key[0] == dataset
            for row in rows
            if not is_bad(row) and not self._is_of_erased(row)
        ]

    def quarantined(self, keys: Iterable[Key]) -> list[tuple[str, int]]:
        """Return the bad rows that count of what was loaded of files: name and line."""
        return self._bad_rows({key: self.loaded[key] for key in keys})

    def bad_rows_in_lake(self, keys: Iterable[Key]) -> list[tuple[str, int]]:
        """Return those that the lake has in these files now."""
        return self._bad_rows({key: self.files[key] for key in keys if key in self.files})

    def _bad_rows(self, files: Mapping[Key, Rows]) -> list[tuple[str, int]]:
        return sorted(
            (name, number)
            for (_, name), rows in files.items()
            for number, row in enumerate(rows, 1)
            if is_bad(row) and not self._is_of_erased(row)
        )

    def _changed(self) -> set[Key]:
        return {key for key in self.files if key in self.loaded and self.files[key] != self.loaded[key]}

    def _is_with(self, keys: Iterable[Key], key: Key) -> bool:
        return (key[0], self.batches[key]) in {(dataset, self.batches[dataset, name]) for dataset, name in keys}

    def _is_retracted(self, key: Key) -> bool:
        return (key, content(self.files[key])) in self.retracted

    def _is_of_erased(self, row: Document) -> bool:
        return row.get("userId") in self.erased

    def _leave(self, keys: Iterable[Key]) -> None:
        for key in keys:
            del self.loaded[key], self.batches[key]


def is_bad(row: Document) -> bool:
    """Return whether a row goes into quarantine."""
    return row.get("level") in BAD_LEVELS


def content(rows: Rows) -> str:
    """Return the rows as text."""
    return json.dumps(rows)


def change(lake: Lake, model: Model, move: Move) -> None:
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
        rows, place = list(model.files[key]), move.which % len(model.files[key])
        rows[place] = {**rows[place], **move.rows[0], **_song_id(rows[place])}
        _write(lake, model, key, tuple(rows))
    elif move.kind == "spoil rows" and move.dataset == "events":  # a song is all that its file has
        _write(lake, model, key, _spoiled(model.files[key], move))
    elif move.kind == "put back":
        _write(lake, model, key, model.earlier.get(key, model.files[key]))
    elif move.kind == "copy":
        model.made += 1
        _write(lake, model, fresh, model.files[key])
    elif move.kind == "contradict":
        model.made += 1
        _write(lake, model, fresh, tuple(_contradicted(row, move) for row in model.files[key]))
    elif move.kind == "rename":
        model.made += 1
        _write(lake, model, fresh, model.files[key])
        _delete(lake, model, key)
    elif move.kind == "vanish":
        _delete(lake, model, key)


def _song_id(row: Document) -> Document:
    """Return what a correction of a song leaves: which one it is."""
    return {"song_id": row["song_id"]} if "song_id" in row else {}


def _contradicted(row: Document, move: Move) -> Document:
    """Return a row that differs in one attribute, by which no row is told from another: which version wins is a tie."""
    name = ATTRIBUTES[move.dataset][move.which % len(ATTRIBUTES[move.dataset])]
    return {**row, name: move.rows[0].get(name, BLANK[move.dataset][name])}


def _spoiled(rows: Rows, move: Move) -> Rows:
    """Put some bad rows among good ones, at most as many: half of all is the most that a budget allows."""
    good = [row for row in rows if not is_bad(row)]
    bad = [{**row, "level": BAD_LEVELS[number % 2]} for number, row in enumerate(move.rows[: len(good)])]
    place = move.which % (len(good) + 1)
    return (*good[:place], *bad, *good[place:])


def _write(lake: Lake, model: Model, key: Key, rows: Rows) -> None:
    dataset, name = key
    if key in model.files:
        model.earlier[key] = model.files[key]
    path = lake.log(name, *rows) if dataset == "events" else lake.song(name, rows[0])
    os.utime(path, (0, zlib.crc32(content(rows).encode())))
    model.files[key] = rows


def _delete(lake: Lake, model: Model, key: Key) -> None:
    path = lake.path(*key)
    path.unlink()
    if not any(path.parent.iterdir()):
        path.parent.rmdir()
    del model.files[key]
