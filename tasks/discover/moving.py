"""Moving: update the URLs in the ledger after a lake has moved, so that none of its files is loaded again."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sql
from lake.clock import utc_now
from lake.locations import BEGINS
from sql.datasets import OPTIONS, SAY_WHERE_NOW
from tasks.batch import Batch
from tasks.discover.locations import Location, listed
from tasks.run_log import run_logger
from warehouse import StorageError, Store, Warehouse

Versions = Mapping[str, tuple[str, int]]
"""The etag and the size in bytes of the version of a file that was loaded last, by URL."""


@dataclass(frozen=True)
class Move:
    """A folder with files of one dataset that is another folder now.

    `moved_from` is the location that was named for it: the folder itself, or one above that has no other files of the
    dataset. `etags` has the files whose copies got another etag: their new URL, and the etags of old and new.
    """

    dataset: str
    moved_from: str
    old_folder: str
    new_folder: str
    etags: tuple[tuple[str, str, str], ...] = ()

    def follow(self, known: Iterable[Location]) -> list[Location]:
        """Return known locations as they are after the move."""
        return [
            location.moved(self.old_folder, self.new_folder)
            if location.dataset == self.dataset and location.url.startswith(self.moved_from)
            else location
            for location in known
        ]


def move(cursor: sql.Cursor, warehouse: Warehouse, batch: Batch, moved: Move) -> None:
    """Rewrite the URLs of a folder's files in the ledger and in quarantine, in the open transaction.

    The rows of files that were loaded from both folders leave with the next batch.
    """
    folders = {"dataset": moved.dataset, "old_folder": moved.old_folder, "new_folder": moved.new_folder}
    sql.run(cursor, "move/twice", **folders, now=utc_now())
    sql.run(cursor, "move/quarantine", **folders)
    sql.run(cursor, "move/loaded_files", **folders)
    if moved.etags:
        names = ("url", "etag", "new_etag")
        lines = [json.dumps(dict(zip(names, each, strict=True)), ensure_ascii=False) for each in moved.etags]
        files_url = f"{batch.work_url}moved_{moved.dataset}.json"
        warehouse.store.write(files_url, "\n".join(lines).encode())
        sql.run(cursor, "move/etags", files_url=files_url, iam_role=warehouse.iam_role)
    run_logger().info("%s: the ledger now has %s as %s", moved.dataset, moved.old_folder, moved.new_folder)


def find_moves(
    cursor: sql.Cursor, store: Store, given: Sequence[Location], moved_from: str, known: Sequence[Location]
) -> list[Move]:
    """Find the old folder of each given location: the one that was named, or the folder of the same name in it.

    There is none where the ledger was updated before.

    Raises:
        StorageError: nothing was loaded from there, the old folder is ambiguous, or the files are not there.
    """
    if not given:
        raise StorageError(f"--moved-from {moved_from}: {SAY_WHERE_NOW}")
    loaded = {location: _versions(cursor, location.dataset, moved_from) for location in given}
    moved = [location for location in given if loaded[location]]
    if not moved and not all(any(location.is_of_the_lake_of(other) for other in known) for location in given):
        raise StorageError(f"--moved-from {moved_from}: nothing was loaded from there; loaded were {listed(known)}")
    if not moved:
        run_logger().info("the ledger has no file in %s: this move was recorded before", moved_from)
    moves = []
    for location in moved:
        old_folder = _old_folder(location, moved_from, loaded[location], is_alone=len(moved) == 1)
        if old_folder != location.url:
            there = _versions(cursor, location.dataset, location.url)
            etags = _compare(store, location, old_folder, loaded[location], there)
            moves.append(Move(location.dataset, moved_from, old_folder, location.url, tuple(etags)))
    return moves


def _versions(cursor: sql.Cursor, dataset: str, folder: str) -> Versions:
    rows = sql.fetch_named(cursor, "inspect/file_versions", dataset=dataset, folder=folder)
    return {row["url"]: (row["etag"], row["size_bytes"]) for row in rows}


def _old_folder(location: Location, moved_from: str, loaded: Versions, *, is_alone: bool) -> str:
    """Choose between the folder that was named and the one in it that has the name of the new location."""
    option = f"--{location.dataset} {location.url} --moved-from {moved_from}"
    if not location.is_folder:
        what = "the beginning of names" if location.url.endswith(BEGINS) else "a single file"
        raise StorageError(f"{option}: {what} cannot be a moved lake; give the folder that the lake has moved to")
    of_same_name = f"{moved_from}{location.url.rstrip('/').rpartition('/')[2]}/"
    old_folder = of_same_name if any(url.startswith(of_same_name) for url in loaded) else moved_from
    strays = [url for url in loaded if not url.startswith(old_folder)]
    if strays or (old_folder == moved_from and not is_alone):
        example = strays[0] if strays else next(iter(loaded))
        raise StorageError(
            f"{option}: it is ambiguous which folder has moved, since {example} was loaded from there too; "
            f"give {' or '.join(OPTIONS)} alone, with exactly its old folder"
        )
    return old_folder


def _compare(
    store: Store, location: Location, old_folder: str, loaded: Versions, there: Versions
) -> Iterator[tuple[str, str, str]]:
    """Compare the ledger with the files in the new location; a file of the same size is the same, whatever its etag.

    S3 gives a copy another etag if it was made in parts or is encrypted with another key; a folder does if the time of
    change is not kept.
    """
    found = {stored.url: stored for stored in store.list(location.url)}
    old_urls = {location.url + url.removeprefix(old_folder): url for url in loaded}
    kept = found.keys() & old_urls.keys()
    if not kept:
        old_url = min(loaded)
        new_url = location.url + old_url.removeprefix(old_folder)
        raise StorageError(
            f"--{location.dataset} {location.url}: none of the {len(loaded):,} files loaded from {old_folder} is "
            f"there; {old_url} would be {new_url}; check both URLs"
        )
    others = 0
    for url in sorted(kept.difference(there)):
        etag, size_bytes = loaded[old_urls[url]]
        if found[url].etag != etag and found[url].size_bytes == size_bytes:
            others += 1
            yield url, etag, found[url].etag
    run_logger().info(
        "%s: %d of %d files are in the new location; %d have another etag at the same size, and count as loaded "
        "(--full-refresh would load them again)",
        location.dataset,
        len(kept),
        len(loaded),
        others,
    )
