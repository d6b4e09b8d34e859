"""Changes: what is new, replaced or gone in a lake, against the versions that the ledger has as current."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sql
from lake.clock import utc_now
from lake.finding import find_objects
from lake.object_store import Store, StoredObject
from sql.datasets import DATASETS
from tasks.wording import describe_files
from warehouse import StorageError

MARKED = 5_000
"""How many URLs one statement names: some 2 MB at most of the 16 that Redshift takes."""


@dataclass(frozen=True)
class LoadedVersion:
    """A version of a file that counts in the ledger: the current one, or one that was retracted and stays out.

    One that is both is of a file that was loaded from two folders before one became the other: its rows are to leave.
    """

    url: str
    etag: str
    batch_id: int
    is_current: bool
    is_retracted: bool
    is_missing: bool


@dataclass
class Changes:
    """How the files of a dataset differ from what is loaded, all by URL.

    `new` and `replaced` are to be loaded; `withheld` are there in a version that was retracted. `vanished` were loaded
    and are there no more, `returned` were missing until now. `twice` are in the lake tables from two folders that are
    one. `superseded` are the batches of which a file was replaced or withheld, or is there twice: they are loaded again
    as a whole, since nothing tells which of their rows came from which file.
    """

    new: dict[str, StoredObject] = field(default_factory=dict)
    replaced: dict[str, StoredObject] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    newly_vanished: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    superseded: set[int] = field(default_factory=set)


def read_versions(cursor: sql.Cursor, urls: Mapping[str, str]) -> dict[str, list[LoadedVersion]]:
    """Read the versions that count of each dataset, of files whose URL starts with the one that is given for it."""
    found: dict[str, list[LoadedVersion]] = {dataset: [] for dataset in urls}
    staging = [DATASETS[dataset].staging for dataset in urls]
    given = {f"{DATASETS[dataset].staging}_url": url for dataset, url in urls.items()}
    for row in sql.fetch_named(cursor, "inspect/ledger", {"staging": staging}, **given):
        found[row.pop("dataset")].append(LoadedVersion(**row))
    return found


def compare(
    listed: Iterable[StoredObject], versions: Iterable[LoadedVersion], *, full_refresh: bool = False
) -> Changes:
    """Compare the files that are there with the versions that count.

    To a full refresh every file is new that is not replaced, and no batch has to be superseded: all are.
    """
    versions = [*versions]
    current = {version.url: version for version in versions if version.is_current and not version.is_retracted}
    retracted = {(version.url, version.etag) for version in versions if version.is_retracted}
    twice = [] if full_refresh else [version for version in versions if version.is_current and version.is_retracted]
    changes = Changes(twice=[each.url for each in twice], superseded={each.batch_id for each in twice})
    for file in listed:
        loaded = current.pop(file.url, None)
        is_withheld = (file.url, file.etag) in retracted
        if loaded is not None and loaded.is_missing:
            changes.returned.append(file.url)
        is_loaded = loaded is not None and loaded.etag == file.etag
        if is_loaded and not full_refresh:
            continue
        if loaded is not None and not full_refresh:
            changes.superseded.add(loaded.batch_id)
        if is_withheld:
            changes.withheld.append(file.url)
        elif loaded is None or is_loaded:
            changes.new[file.url] = file
        else:
            changes.replaced[file.url] = file
    changes.vanished = sorted(current)
    changes.newly_vanished = sorted(url for url, version in current.items() if not version.is_missing)
    return changes


def load_again(
    cursor: sql.Cursor,
    store: Store,
    dataset: str,
    changes: Changes,
    listed: Mapping[str, StoredObject],
    *,
    without_missing: bool,
) -> tuple[list[StoredObject], int]:
    """Return the other files of the superseded batches: their rows are loaded again; and how many are in quarantine.

    A file that is there in a version that was retracted is none of them.

    Raises:
        StorageError: some are not in the lake any more, and their rows are not to be given up.
    """
    if not changes.superseded:
        return [], 0
    loaded = sql.fetch_named(cursor, "inspect/batch_files", dataset=dataset, batch_ids=tuple(changes.superseded))
    changed = {*changes.replaced, *changes.withheld}
    others = {row["url"]: row["rows_quarantined"] for row in loaded if row["url"] not in changed}
    there = {**find_objects(store, [url for url in others if url not in listed]), **listed}
    lost = [url for url in others if url not in there]
    if lost and not without_missing:
        raise StorageError(*_why_needed(changes, lost).split("\n"))
    retracted = {*sql.fetch(cursor, "inspect/retracted_versions", dataset=dataset)}
    again = [there[url] for url in others if url in there and (url, there[url].etag) not in retracted]
    return again, sum(others[file.url] for file in again)


def mark_vanished(cursor: sql.Cursor, dataset: str, changes: Changes) -> None:
    """Enter in the ledger which files are no longer in the lake, and which are there again."""
    now = utc_now()
    for urls in portions(changes.newly_vanished):
        sql.run(cursor, "mark/missing", dataset=dataset, urls=urls, now=now)
    for urls in portions(changes.returned):
        sql.run(cursor, "mark/present", dataset=dataset, urls=urls)


def portions(urls: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Divide URLs into as many as one statement may name."""
    return (tuple(urls[start : start + MARKED]) for start in range(0, len(urls), MARKED))


def _why_needed(changes: Changes, lost: Sequence[str]) -> str:
    causes = {"was replaced": [*changes.replaced], "is taken back": changes.withheld}
    causes["was loaded from two folders"] = changes.twice
    cause = next(f"{min(urls)} {became}" for became, urls in causes.items() if urls)
    batches = ", ".join(map(str, sorted(changes.superseded)))
    return describe_files(
        [
            f"{url} is not in the lake any more, but {cause}, and they were loaded together (batch "
            f"{batches}): bring it back, or give its rows up with --without-missing"
            for url in lost
        ],
        "are needed again and are not in the lake",
    )
