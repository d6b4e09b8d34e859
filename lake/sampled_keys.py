"""The keys of JSON objects, and the types of their values, in the beginnings of some files: no more of them is read."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from lake.compression import UNREADABLE, open_content
from lake.documents import Document, JsonNumber, JsonValue, read_documents
from lake.errors import StorageError
from lake.object_store import Store, readers
from lake.parallel import parallel_map
from lake.values import value_text

FILES, FILE_BYTES = 20, 65536
"""How many files of a dataset a sample reads at most, and how much of the content of each."""
READERS = 16
KEYS = 500
"""How many keys of a dataset are told apart: those that come first."""
EXAMPLE_CHARACTERS = 60
NESTED = ("array", "object")


@dataclass
class SampledKey:
    """A key: how many sampled rows have it, how many values of each type, and the first of these: its text and file."""

    rows: int = 0
    types: dict[str, int] = field(default_factory=dict)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, value: JsonValue, url: str) -> None:
        """Count a value; null has no type."""
        self.rows += 1
        if (kind := type_of(value)) != "null":
            self.types[kind] = self.types.get(kind, 0) + 1
            if kind not in self.examples:
                self.examples[kind] = (value_text(value)[:EXAMPLE_CHARACTERS], url)


@dataclass
class Sample:
    """The rows that were sampled of a dataset, how many they are, and their keys in the order in which they came."""

    rows: int = 0
    keys: dict[str, SampledKey] = field(default_factory=dict)


def spread(urls: Sequence[str]) -> list[str]:
    """Choose the files that a sample reads: at most so many, at equal distances, the first and the last among them."""
    if len(urls) <= FILES:
        return [*urls]
    return [urls[number * (len(urls) - 1) // (FILES - 1)] for number in range(FILES)]


def sample_keys(store: Store, urls: Sequence[str]) -> Sample:
    """Sample the objects at the beginnings of files; what cannot be read or is no object is left to COPY."""
    sample, chosen = Sample(), spread(urls)
    found = parallel_map(partial(_read_objects, store), chosen, readers(chosen, READERS))
    for url, objects in zip(chosen, found, strict=True):
        for each in objects:
            sample.rows += 1
            for name, value in each.items():
                if name in sample.keys or len(sample.keys) < KEYS:
                    sample.keys.setdefault(name, SampledKey()).add(value, url)
    return sample


def type_of(value: JsonValue) -> str:
    """Return the JSON type of a value."""
    if value is None:
        return "null"
    kinds = ((bool, "boolean"), (JsonNumber, "number"), (str, "string"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "object")


def _read_objects(store: Store, url: str) -> list[dict[str, JsonValue]]:
    """Read the objects that are complete within the beginning of a file."""
    try:
        with open_content(store, url) as stream:
            start = stream.read(FILE_BYTES)
    except (StorageError, *UNREADABLE):
        return []
    documents = read_documents(io.BytesIO(start))
    values = (each.value for each in documents if isinstance(each, Document))
    return [value for value in values if isinstance(value, dict)]
