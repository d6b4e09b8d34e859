"""Discover: list the lake, and subtract what the ledger has; what is new becomes a COPY manifest for each dataset."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import sql
from lake.compression import Compression, open_content
from lake.locations import lake_url, lies_in, list_lake, no_files
from lake.object_store import Store, StoredObject
from sql.datasets import DATASETS
from tasks.batch import Batch
from tasks.discover.file_names import require_data, require_distinct
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.wording import counted
from warehouse import StorageError, Warehouse

SNIFFED_BYTES = 65536


@dataclass(frozen=True)
class Source:
    """The location of one dataset: a folder, or a single object, as a URL without a trailing slash."""

    dataset: str
    url: str


Origin = tuple[str, int]
"""The URL of a file, and the number of a line in it."""


@dataclass(frozen=True)
class Manifest:
    """The files of one dataset that a batch will load, maybe none, and the COPY manifest that names them.

    They are divided by compression before COPY reads them (see `copies`); until then `compression` has no meaning.
    `compacted` are the objects that COPY reads instead of some files, by URL: the origin of each of their lines.
    """

    dataset: str
    url: str
    files: tuple[StoredObject, ...]
    compacted: Mapping[str, Sequence[Origin]] = field(default_factory=dict)
    compression: Compression = Compression.NONE

    @property
    def summary(self) -> str:
        """How much there is to load, for a person."""
        count, size_bytes = len(self.files), sum(file.size_bytes for file in self.files)
        size = f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 1e5 else f"{size_bytes / 1e3:,.1f} KB"
        return f"{counted(count, 'file')}, {size}"

    @property
    def has_small_files(self) -> bool:
        """Whether it is worth while to put its files together."""
        return DATASETS[self.dataset].has_small_files

    @property
    def urls(self) -> list[str]:
        """The objects that COPY reads."""
        moved = {url for origins in self.compacted.values() for url, _ in origins}
        return [*self.compacted, *(file.url for file in self.files if file.url not in moved)]


def source(dataset: str, location: str) -> Source:
    """Read the location of a dataset: `s3://bucket/prefix`, `file:///folder` or a plain path.

    Raises:
        StorageError: it is none of these.
    """
    return Source(dataset, lake_url(dataset, location))


@io_task("discover", timeout_seconds=3600)
def discover(warehouse: Warehouse, batch: Batch, sources: Sequence[Source], *, full_refresh: bool) -> list[Manifest]:
    """Find the files that no batch has loaded, in versions that no batch has seen: one manifest per dataset.

    Raises:
        StorageError: a lake that is missing, empty, unreadable, or holds another dataset; or files that by their
            names hold no data, or are ambiguous in the load history.
    """
    found: dict[str, list[StoredObject]] = {dataset: [] for dataset in DATASETS}
    refusals = []
    for place in sources:
        try:
            found[place.dataset] += _find(warehouse, place, full_refresh=full_refresh)
        except StorageError as error:
            refusals.append(error)
    if refusals:
        raise StorageError(*(line for refusal in refusals for line in refusal.args)) from refusals[0]
    named = {place.url for place in sources}
    require_data(file.url for files in found.values() for file in files if file.url not in named)
    for files in found.values():
        require_distinct([file.url for file in files])
    return [
        Manifest(dataset, f"{batch.work_url}{dataset}.manifest.json", tuple(found[dataset])) for dataset in DATASETS
    ]


def is_anything_new(warehouse: Warehouse, sources: Sequence[Source]) -> bool:
    """Return whether a lake has a file that no batch has loaded, without a task run, to prepare for one."""
    for place in sources:
        loaded = _loaded(warehouse, place)
        if any((stored.url, stored.etag) not in loaded for stored in list_lake(warehouse.store, place.url)):
            return True
    return False


def _find(warehouse: Warehouse, place: Source, *, full_refresh: bool) -> list[StoredObject]:
    loaded = _loaded(warehouse, place)
    new, listed = [], 0
    gone = {str(url) for url, _ in loaded if lies_in(str(url), place.url)} if full_refresh else set()
    for stored in list_lake(warehouse.store, place.url):
        listed += 1
        gone.discard(stored.url)
        if full_refresh or (stored.url, stored.etag) not in loaded:
            new.append(stored)
    if not listed:
        raise no_files(place.dataset, place.url)
    run_logger().info("%s: %d files, %d of them new, in %s", place.dataset, listed, len(new), place.url)
    if gone:
        words = "%s: %d files that were loaded are in the lake no more, such as %s: their rows leave the star"
        run_logger().warning(words, place.dataset, len(gone), min(gone))
    if new:
        _check_content(warehouse.store, place, new[0])
    return new


def write_manifest(store: Store, manifest: Manifest) -> None:
    """Write the manifest of a COPY."""
    entries = [{"url": url, "mandatory": True} for url in manifest.urls]
    store.write(manifest.url, json.dumps({"entries": entries}, ensure_ascii=False).encode())


def _loaded(warehouse: Warehouse, place: Source) -> set[tuple[object, ...]]:
    """Return the versions, as URL and etag, of what has been loaded from below this source."""
    with closing(warehouse.connect()) as connection, connection.cursor() as cursor:
        return set(sql.fetch(cursor, "inspect/ledger", dataset=place.dataset, url=place.url))


def _check_content(store: Store, place: Source, file: StoredObject) -> None:
    """Refuse a lake whose first new file is plainly of another dataset; what cannot be read is left to COPY."""
    try:
        with open_content(store, file.url) as stream:
            start = stream.read(SNIFFED_BYTES).decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
        document, _ = json.JSONDecoder().raw_decode(start)
    except (StorageError, ValueError, RecursionError):
        return
    keys = {key.lower() for key in document} if isinstance(document, dict) else set()
    own = DATASETS[place.dataset]
    for other in DATASETS.values():
        if other != own and not keys & own.marks and keys & other.marks:
            options = " and ".join(f"--{name}" for name in DATASETS if name in (own.name, other.name))
            raise StorageError(
                f"--{own.name} {place.url}: {file.url} holds {other.name}, not {own.name} "
                f"(keys {', '.join(sorted(keys & other.marks))}); are {options} swapped?"
            )
