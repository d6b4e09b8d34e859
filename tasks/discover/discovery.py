"""Discover: list the lake, and subtract what the ledger has; what is new becomes a COPY manifest for each dataset."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prefect.events import emit_event

import sql
from lake.compression import Compression, open_content
from lake.locations import BEGINS, is_of, lake_url, list_lake, no_files
from lake.object_store import Store, StoredObject
from sql.datasets import DATASETS
from tasks.batch import Batch
from tasks.discover.changes import Changes, LoadedVersion, compare, load_again, mark_vanished, read_versions
from tasks.discover.file_names import require_data, require_distinct
from tasks.fencing import fence
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.session import session
from tasks.wording import SHOWN, counted, enumerated, files_loaded_are
from warehouse import StorageError, Warehouse

SNIFFED_BYTES = 65536


@dataclass(frozen=True)
class Source:
    """The location of one dataset: a folder, an object or the beginning of names, as `lake.locations` names places."""

    dataset: str
    url: str


Origin = tuple[str, int]
"""The URL of a file, and the number of a line in it."""


@dataclass(frozen=True)
class Manifest:
    """The files of one dataset that a batch will load, maybe none, and the COPY manifest that names them.

    They are divided by compression before COPY reads them (see `copies`); until then `compression` has no meaning.
    `compacted` are the objects that COPY reads instead of some files, by URL: the origin of each of their lines.
    `replaced` are those of the files that were loaded in another version. The rows of the batches that it `supersedes`
    leave: what they hold of the lake is among the files.
    """

    dataset: str
    url: str
    files: tuple[StoredObject, ...]
    compacted: Mapping[str, Sequence[Origin]] = field(default_factory=dict)
    compression: Compression = Compression.NONE
    replaced: tuple[str, ...] = ()
    supersedes: tuple[int, ...] = ()
    new_files: int = 0
    """How many of the files, the first ones, replace nothing, and may as well be loaded by a later batch."""
    accepted_rows: int = 0
    """How many rows of files that are loaded again are in quarantine already: they take nothing from the budget."""

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return not self.files and not self.supersedes

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


def new_manifest(batch: Batch, dataset: str, files: Iterable[StoredObject], **others: Any) -> Manifest:
    """Return the manifest of files that a batch will load, with other fields as they are given."""
    return Manifest(dataset, f"{batch.work_url}{dataset}.manifest.json", tuple(files), **others)


def source(dataset: str, location: str) -> Source:
    """Read the location of a dataset: `s3://bucket/prefix`, `file:///folder` or a plain path.

    Raises:
        StorageError: it is none of these.
    """
    return Source(dataset, lake_url(dataset, location))


@io_task("discover", timeout_seconds=3600)
def discover(
    warehouse: Warehouse,
    batch: Batch,
    sources: Sequence[Source],
    *,
    full_refresh: bool,
    without_missing: bool = False,
    dry_run: bool = False,
) -> list[Manifest]:
    """Find the files that are new or replaced, and those that were loaded with a replaced one: a manifest per dataset.

    Files that vanished are told, and entered in the ledger unless this is a dry run; their rows stay.

    Raises:
        StorageError: a lake that is missing, empty, unreadable, or holds another dataset; files that by their names
            hold no data, or are ambiguous in the load history; or files that are needed again and have vanished.
    """
    found = [Listing(dataset, [place for place in sources if place.dataset == dataset]) for dataset in DATASETS]
    refusals = [refusal for listing in found for refusal in listing.fill(warehouse.store)]
    if refusals:
        raise StorageError(*(line for refusal in refusals for line in refusal.args)) from refusals[0]
    with session(warehouse) as connection:
        with connection, connection.cursor() as cursor:
            loaded = read_loaded(cursor, sources)
            changes = [compare(each.files.values(), loaded[each.dataset], full_refresh=full_refresh) for each in found]
            manifests = [
                _find(cursor, warehouse.store, batch, *each, without_missing=without_missing)
                for each in zip(found, changes, strict=True)
            ]
        for listing, changed in zip(found, changes, strict=True):
            _tell(listing, changed, full_refresh=full_refresh)
        if not dry_run and any(changed.newly_vanished or changed.returned for changed in changes):
            with connection, connection.cursor() as cursor:
                fence(cursor)
                for listing, changed in zip(found, changes, strict=True):
                    mark_vanished(cursor, listing.dataset, changed)
    named = {place.url for place in sources}
    require_data(file.url for manifest in manifests for file in manifest.files if file.url not in named)
    for manifest in manifests:
        require_distinct([file.url for file in manifest.files])
    return manifests


def is_anything_new(warehouse: Warehouse, sources: Sequence[Source]) -> bool:
    """Return whether a lake has a file that is to be loaded, without a task run, to prepare for one."""
    with session(warehouse) as connection, connection.cursor() as cursor:
        for place in sources:
            changes = compare(list_lake(warehouse.store, place.url), read_loaded(cursor, [place])[place.dataset])
            if changes.new or changes.superseded:
                return True
    return False


@dataclass(frozen=True)
class Listing:
    """The places of one dataset that a run loads, and the files that are there, by URL."""

    dataset: str
    places: Sequence[Source]
    files: dict[str, StoredObject] = field(default_factory=dict)

    def fill(self, store: Store) -> Iterator[StorageError]:
        """List the files; yield what is wrong with a place."""
        for place in self.places:
            try:
                there = {stored.url: stored for stored in list_lake(store, place.url)}
                if not there:
                    yield no_files(place.dataset, place.url)
                self.files.update(there)
            except StorageError as error:
                yield error


def read_loaded(cursor: sql.Cursor, places: Iterable[Source]) -> dict[str, list[LoadedVersion]]:
    """Read the versions that count of what has been loaded from places; one query reads one place of each dataset."""
    loaded: dict[str, list[LoadedVersion]] = {dataset: [] for dataset in DATASETS}
    left = list(dict.fromkeys(places))
    while left:
        now = {place.dataset: place for place in reversed(left)}
        left = [place for place in left if place not in now.values()]
        found = read_versions(cursor, {place.dataset: place.url.removesuffix(BEGINS) for place in now.values()})
        for place in now.values():
            loaded[place.dataset] += [each for each in found[place.dataset] if is_of(each.url, place.url)]
    return loaded


def _find(
    cursor: sql.Cursor, store: Store, batch: Batch, listing: Listing, changes: Changes, *, without_missing: bool
) -> Manifest:
    """Find what is to be loaded of a dataset for what has changed of it."""
    again, accepted_rows = load_again(
        cursor, store, listing.dataset, changes, listing.files, without_missing=without_missing
    )
    files = [*changes.new.values(), *changes.replaced.values(), *again]
    for place in listing.places:
        first = next((file for file in files if is_of(file.url, place.url)), None)
        if first is not None:
            _check_content(store, place, first)
    return new_manifest(
        batch,
        listing.dataset,
        files,
        new_files=len(changes.new),
        replaced=tuple(changes.replaced),
        supersedes=tuple(sorted(changes.superseded)),
        accepted_rows=accepted_rows,
    )


def _tell(listing: Listing, changes: Changes, *, full_refresh: bool) -> None:
    """Log how the lake differs from what is loaded."""
    if not listing.places:
        return
    dataset, where = listing.dataset, ", ".join(place.url for place in listing.places)
    files = counted(len(listing.files), "file")
    run_logger().info("%s: %s, %d of them new, in %s", dataset, files, len(changes.new), where)
    if changes.replaced:
        of = f"{counted(len(changes.replaced), 'file')} in a new version"
        run_logger().info("%s: %s: %s", dataset, of, enumerated(sorted(changes.replaced)))
    if changes.twice:
        of = f"{counted(len(changes.twice), 'file')} loaded from two folders that are one: the first rows leave"
        run_logger().info("%s: %s: %s", dataset, of, enumerated(sorted(changes.twice)))
    if changes.withheld:
        run_logger().info("%s: left out, since they were retracted: %s", dataset, enumerated(sorted(changes.withheld)))
    told = changes.vanished if full_refresh else changes.newly_vanished
    if told:
        fate = "the rows leave the star" if full_refresh else "the rows stay"
        words = "%s: %s in the lake no more: %s; %s"
        run_logger().warning(words, dataset, files_loaded_are(len(told)), enumerated(told), fate)
        lake = {"prefect.resource.id": f"sparkify.dataset.{dataset}", "prefect.resource.name": dataset}
        emit_event("sparkify.files.vanished", resource=lake, payload={"files": len(told), "first": told[:SHOWN]})


def write_manifest(store: Store, manifest: Manifest) -> None:
    """Write the manifest of a COPY."""
    entries = [{"url": url, "mandatory": True} for url in manifest.urls]
    store.write(manifest.url, json.dumps({"entries": entries}, ensure_ascii=False).encode())


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
