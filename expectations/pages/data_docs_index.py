"""The index of the Data Docs: an entry for each use of suites, and one page that lists all runs, the latest first.

A batch uses suites twice, on staging and on the star. An entry is a small file of its own, so that runs which end at
the same time never overwrite each other's.
"""

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime

from expectations.pages.store import DataDocs
from expectations.pages.templates import environment
from lake.printable import printable

READERS = 16  # on S3 nearly all of the time is spent waiting


@dataclass(frozen=True)
class SuitePage:
    """What one suite found in a run, and its page, relative to the index."""

    table: str
    page: str
    passed: int
    failed: int
    warned: int


@dataclass(frozen=True)
class Run:
    """One use of suites: the name of the run that used them, when, and what each found."""

    run_name: str
    run_time: str
    pages: tuple[SuitePage, ...]


def slug(run_name: str) -> str:
    """Return a run's name as a part of paths."""
    return re.sub(r"[^\w-]+", "-", run_name)


def add_run(docs: DataDocs, at: datetime, pages: Sequence[SuitePage]) -> None:
    """Write the entry of a run whose pages are written, and list it in the index."""
    run = Run(docs.run_name, f"{at:%Y-%m-%d %H:%M:%S}", tuple(pages))
    entry = f"{docs.url}runs/{at:%Y%m%dT%H%M%S%f}-{slug(docs.run_name)}.json"
    docs.store.write(entry, json.dumps(asdict(run)).encode())
    _write_index(docs, list(_entries(docs).values()))


def runs(docs: DataDocs) -> list[Run]:
    """Return all runs that the index lists, the oldest first."""
    return list(_entries(docs).values())


def prune(docs: DataDocs, keep: int) -> int:
    """Delete all runs but those of the latest `keep` names, with their pages; return how many names were deleted."""
    entries = _entries(docs)
    names = list(dict.fromkeys(run.run_name for run in reversed(entries.values())))
    old = set(names[keep:])
    if not old:
        return 0
    _write_index(docs, [run for run in entries.values() if run.run_name not in old])
    for entry, run in entries.items():
        if run.run_name in old:
            for page in run.pages:
                docs.store.delete(docs.url + page.page)
            docs.store.delete(entry)
    return len(old)


def forget_examples(docs: DataDocs) -> int:
    """Delete all runs but this one of which a page may show examples of rows; return how many names were deleted.

    Only what has broken a rule is shown by examples. A page that no entry knows, as of a process that was killed, may
    show some too.
    """
    entries = _entries(docs)
    old = {run.run_name for run in entries.values() if any(page.failed or page.warned for page in run.pages)}
    old.discard(docs.run_name)
    kept = {entry: run for entry, run in entries.items() if run.run_name not in old}
    known = {docs.url + page.page for run in kept.values() for page in run.pages}
    _write_index(docs, list(kept.values()))
    for url in [*docs.store.list(f"{docs.url}validations/"), *docs.store.list(f"{docs.url}runs/")]:
        if url not in known and url not in kept:
            docs.store.delete(url)
    return len(old)


def _entries(docs: DataDocs) -> dict[str, Run]:
    """Read the entries, the oldest first; what another run has just deleted, or is no entry, is skipped."""
    urls = sorted(docs.store.list(f"{docs.url}runs/"))
    with ThreadPoolExecutor(READERS) as readers:
        read = zip(urls, readers.map(docs.store.read, urls), strict=True)
        return {url: run for url, entry in read if (run := _run(entry))}


def _run(entry: bytes | None) -> Run | None:
    """Read an entry; None if it is none, such as a file that a killed process or a full disk has left behind."""
    try:
        kept = json.loads(entry or b"")
        return Run(kept["run_name"], kept["run_time"], tuple(SuitePage(**page) for page in kept["pages"]))
    except (ValueError, TypeError, KeyError):
        return None


def _write_index(docs: DataDocs, runs: Sequence[Run]) -> None:
    named: dict[str, list[Run]] = {}
    for run in runs:
        named[run.run_name] = [*named.pop(run.run_name, []), run]
    listed = [
        (printable(name), uses[0].run_time, [page for run in uses for page in run.pages])
        for name, uses in reversed(named.items())
    ]
    page = environment().get_template("index.html").render(runs=listed)
    docs.store.write(docs.index, page.encode())
