"""Moving: let the books follow a lake that lies elsewhere now, so that none of its files is loaded again."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sql
from lake.locations import SAY_WHERE_NOW
from tasks.batch import Batch
from tasks.discover.places import Place, listed
from tasks.run_log import run_logger
from warehouse import StorageError, Store, Warehouse

Versions = Mapping[str, tuple[str, int]]
"""The etag and the size in bytes of the version of a file that was loaded last, by URL."""


@dataclass(frozen=True)
class Move:
    """A folder with files of one dataset that is another folder now.

    `moved_from` is the place that was named for it: the folder itself, or one above that has no other files of the
    dataset. `etags` has the files whose copies got another etag: their new URL, and the etags of old and new.
    """

    dataset: str
    moved_from: str
    old_folder: str
    new_folder: str
    etags: tuple[tuple[str, str, str], ...] = ()

    def follow(self, known: Iterable[Place]) -> list[Place]:
        """Return known places as they are after the move."""
        return [
            place.moved(self.old_folder, self.new_folder)
            if place.dataset == self.dataset and place.url.startswith(self.moved_from)
            else place
            for place in known
        ]


def move(cursor: sql.Cursor, warehouse: Warehouse, batch: Batch, moved: Move) -> None:
    """Rewrite the URLs of a folder's files in the ledger and in quarantine, in the open transaction."""
    folders = {"dataset": moved.dataset, "old_folder": moved.old_folder, "new_folder": moved.new_folder}
    sql.run(cursor, "move/quarantine", **folders)
    sql.run(cursor, "move/loaded_files", **folders)
    if moved.etags:
        names = ("url", "etag", "new_etag")
        lines = [json.dumps(dict(zip(names, each, strict=True)), ensure_ascii=False) for each in moved.etags]
        files_url = f"{batch.work_url}moved_{moved.dataset}.json"
        warehouse.store.write(files_url, "\n".join(lines).encode())
        sql.run(cursor, "move/etags", files_url=files_url, iam_role=warehouse.iam_role)
    run_logger().info("%s: the ledger follows from %s to %s", moved.dataset, moved.old_folder, moved.new_folder)


def find_moves(
    cursor: sql.Cursor, store: Store, given: Sequence[Place], moved_from: str, known: Sequence[Place]
) -> list[Move]:
    """Find what folder has become each given place: the old one itself, or the folder of the same name in it.

    There is none where the move was followed before.

    Raises:
        StorageError: nothing was loaded from there, it is not plain what became of it, or the files are not there.
    """
    if not given:
        raise StorageError(f"--moved-from {moved_from}: {SAY_WHERE_NOW}")
    loaded = {place: _versions(cursor, place.dataset, moved_from) for place in given}
    moved = [place for place in given if loaded[place]]
    if not moved and not all(any(place.is_of_the_lake_of(other) for other in known) for place in given):
        raise StorageError(f"--moved-from {moved_from}: nothing was loaded from there; loaded were {listed(known)}")
    if not moved:
        run_logger().info("the ledger has no file in %s: it has followed from there before", moved_from)
    moves = []
    for place in moved:
        old_folder = _old_folder(place, moved_from, loaded[place], is_alone=len(moved) == 1)
        if old_folder != place.url:
            there = _versions(cursor, place.dataset, place.url)
            etags = _compare(store, place, old_folder, loaded[place], there)
            moves.append(Move(place.dataset, moved_from, old_folder, place.url, tuple(etags)))
    return moves


def _versions(cursor: sql.Cursor, dataset: str, folder: str) -> Versions:
    rows = sql.fetch_named(cursor, "inspect/file_versions", dataset=dataset, folder=folder)
    return {row["url"]: (row["etag"], row["size_bytes"]) for row in rows}


def _old_folder(place: Place, moved_from: str, loaded: Versions, *, is_alone: bool) -> str:
    """Choose between the place that was named and the folder in it that has the name of the new one."""
    option = f"--{place.dataset} {place.url} --moved-from {moved_from}"
    if not place.is_folder:
        raise StorageError(f"{option}: a single file cannot be followed; give the folder that the lake has moved to")
    of_same_name = f"{moved_from}{place.url.rstrip('/').rpartition('/')[2]}/"
    old_folder = of_same_name if any(url.startswith(of_same_name) for url in loaded) else moved_from
    strays = [url for url in loaded if not url.startswith(old_folder)]
    if strays or (old_folder == moved_from and not is_alone):
        example = strays[0] if strays else next(iter(loaded))
        raise StorageError(
            f"{option}: it is not plain which folder has moved, since {example} was loaded from there too; "
            "give --events or --songs alone, with the very folder that it was"
        )
    return old_folder


def _compare(
    store: Store, place: Place, old_folder: str, loaded: Versions, there: Versions
) -> Iterator[tuple[str, str, str]]:
    """Hold the ledger against what lies in the new place; a file of the same size is the same, whatever its etag.

    S3 gives a copy another etag where it was made in parts or is encrypted with another key, and a folder where the
    time of change is not kept.
    """
    found = {stored.url: stored for stored in store.list(place.url)}
    old_urls = {place.url + url.removeprefix(old_folder): url for url in loaded}
    kept = found.keys() & old_urls.keys()
    if not kept:
        old_url = min(loaded)
        new_url = place.url + old_url.removeprefix(old_folder)
        raise StorageError(
            f"--{place.dataset} {place.url}: none of the {len(loaded):,} files loaded from {old_folder} is there; "
            f"{old_url} would be {new_url}; check both URLs"
        )
    others = 0
    for url in sorted(kept.difference(there)):
        etag, size_bytes = loaded[old_urls[url]]
        if found[url].etag != etag and found[url].size_bytes == size_bytes:
            others += 1
            yield url, etag, found[url].etag
    run_logger().info(
        "%s: %d of %d files lie in the new place; %d have another etag at the same size, and count as loaded "
        "(--full-refresh would load them again)",
        place.dataset,
        len(kept),
        len(loaded),
        others,
    )
