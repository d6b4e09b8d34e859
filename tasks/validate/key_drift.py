"""Hold the keys of a batch's sample against the columns of the registry and against the keys that were seen before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lake.printable import printable
from lake.sampled_keys import NESTED, Sample, SampledKey
from lake.values import storable
from sql.datasets import Dataset, is_personal
from sql.policies import Severity
from sql.tables import column_of, read_table

NAME_BYTES = 256
"""What the column `key_name` of `seen_keys` holds."""
CHANCE = 0.001
"""A key is gone where its absence from the sample is less likely than this, by the share of rows that had it."""
ADD_COLUMN = "to load it, follow the recipe Add a column in sql/README.md"


@dataclass(frozen=True)
class SeenKey:
    """A row of `seen_keys`."""

    dataset: str
    key_name: str
    first_batch_id: int
    last_batch_id: int
    types: str
    row_share: float


@dataclass(frozen=True)
class Finding:
    """One change of a dataset, by the name that its policy has, with what it does to a run, and the message."""

    kind: str
    severity: Severity
    message: str


def find_drift(dataset: Dataset, sample: Sample, seen: Sequence[SeenKey]) -> list[Finding]:
    """Compare a sample with what was seen of the dataset before; a first sample has no key that is gone or changed."""
    if not sample.rows:
        return []
    known = {each.key_name: each for each in seen}
    found = [each for name, key in sample.keys.items() for each in _of_key(dataset, name, key, known)]
    return [*found, *_gone(dataset, sample, seen)]


def find_back(dataset: Dataset, sample: Sample, seen: Sequence[SeenKey]) -> list[str]:
    """Tell which keys of columns are there again, that were gone in the last batch."""
    latest = max((each.last_batch_id for each in seen), default=0)
    names = {storable(name, NAME_BYTES) for name in sample.keys}
    return [
        f"{dataset.name}: key {printable(each.key_name)!r} is back, after it was gone since batch {each.last_batch_id}"
        for each in seen
        if each.key_name in names and each.last_batch_id < latest and column_of(dataset, each.key_name) is not None
    ]


def seen_now(dataset: Dataset, sample: Sample, seen: Sequence[SeenKey], batch_id: int) -> list[SeenKey]:
    """Return the rows that `seen_keys` has of a dataset after a batch."""
    rows = {each.key_name: each for each in seen}
    for name, key in sample.keys.items():
        stored = storable(name, NAME_BYTES)
        before = rows.get(stored) or SeenKey(dataset.name, stored, batch_id, batch_id, "", 0.0)
        types = " ".join(sorted({*before.types.split(), *key.types}))
        rows[stored] = replace(before, last_batch_id=batch_id, types=types, row_share=key.rows / sample.rows)
    return [*rows.values()]


def _of_key(dataset: Dataset, name: str, key: SampledKey, known: Mapping[str, SeenKey]) -> Iterator[Finding]:
    column, before = column_of(dataset, name), known.get(storable(name, NAME_BYTES))
    policy = dataset.drift.of(column)
    if before is None:
        other = next((each for each in known if each.lower() == name.lower()), None)
        if column is None:
            yield _unknown(dataset, name, key)
        elif other is not None:
            what = f"was spelt {other!r} until now; column {column} takes both"
            yield Finding("case", policy.case, _told(dataset, name, what, key, "tell the app's developers"))
        return
    was = {*before.types.split()}
    nested = {kind: rows for kind, rows in key.types.items() if kind in NESTED and kind not in was}
    if column and was and sum(nested.values()) >= policy.nested_share * key.rows:
        change = f"is {' or '.join(sorted(nested))} now, and was {' or '.join(sorted(was))}"
        what = f"{change}; column {column} would get its text"
        remedy = "correct the files, or change the column"
        yield Finding("nested", policy.nested, _told(dataset, name, what, key, remedy, *nested))
    if column and was == {"number"} and "string" in key.types:
        what = f"is text now, and was a number; column {column} takes what looks like one"
        yield Finding("text", policy.text, _told(dataset, name, what, key, "tell the app's developers", "string"))


def _unknown(dataset: Dataset, name: str, key: SampledKey) -> Finding:
    plain = name.lower().replace("_", "").replace("-", "")
    columns = (column.name for column in read_table(dataset.staging).columns)
    near = next((column for column in columns if column.replace("_", "") == plain), None)
    if near is None:
        message = _told(dataset, name, "is new, and no column takes it", key, ADD_COLUMN)
        return Finding("unknown", dataset.drift.unknown, message)
    what = f"is new, and no column takes it: column {near} takes another spelling, and is NULL without it"
    message = _told(dataset, name, what, key, "correct the files")
    if near == name.lower():
        return Finding("case", dataset.drift.of(near).case, message)
    return Finding("unknown", dataset.drift.unknown, message)


def _gone(dataset: Dataset, sample: Sample, seen: Sequence[SeenKey]) -> Iterator[Finding]:
    """Find keys that the last sample had and this one lacks, though it has rows enough to have them."""
    latest = max((each.last_batch_id for each in seen), default=0)
    spellings = {storable(name, NAME_BYTES).lower() for name in sample.keys}
    for each in seen:
        is_unlikely = (1 - each.row_share) ** sample.rows < CHANCE
        if each.last_batch_id == latest and each.key_name.lower() not in spellings and is_unlikely:
            column = column_of(dataset, each.key_name)
            effect = f"column {column} is NULL without it" if column else "no column took it"
            had = f"{each.row_share:.0%} of rows had it in batch {each.last_batch_id}, none of {sample.rows:,} now has"
            what = f"{dataset.name}: key {printable(each.key_name)!r} is gone: {had}; {effect}"
            yield Finding("gone", dataset.drift.of(column).gone, f"{what}: see whether the app still writes it")


def _told(dataset: Dataset, name: str, what: str, key: SampledKey, remedy: str, *kinds: str) -> str:
    """Return a message with the key, an example of its values unless they are personal, the file, and what to do."""
    kind = next((each for each in kinds or key.types), None)
    text, url = key.examples[kind] if kind else ("null", "")
    example = f"its values are personal, of type {kind}" if is_personal(name.lower()) else f"such as {text}"
    where = f" in {url}" if url else ""
    return printable(f"{dataset.name}: key {name!r} {what} ({example}{where}): {remedy}")
