"""Bounding: divide what is to be loaded into batches that are published one after the other, in order of time.

A run that breaks off in the last of many batches keeps those before it. A file that is corrected later takes no more
than its own batch with it, which is loaded again as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from lake.object_store import StoredObject
from sql.datasets import DATASETS
from tasks.discover.discovery import Manifest
from tasks.run_log import run_logger
from tasks.wording import counted

BATCH_FILES = 100_000
BATCH_BYTES = 10_000_000_000
"""By default: 478 MB (a million events) took a minute and a half on two cores, so that a batch takes half an hour."""


def bound(manifests: Sequence[Manifest], batch_files: int, batch_bytes: int) -> tuple[list[Manifest], bool]:
    """Return the manifests of the first batch, and whether files are left for another.

    What replaces rows of earlier batches is not divided, and comes first. Then come small files, such as songs, before
    the events that refer to them; the events in the order of their names, which have the day. One file is a batch,
    however large it is.
    """
    taken: dict[str, list[StoredObject]] = {each.dataset: [*_undivided(each)] for each in manifests}
    files = len([*chain(*taken.values())])
    size_bytes = sum(file.size_bytes for file in chain(*taken.values()))
    left = 0
    for dataset, file in _in_order({each.dataset: each for each in manifests}):
        if left or (files and (files >= batch_files or size_bytes + file.size_bytes > batch_bytes)):
            left += 1
            continue
        taken[dataset].append(file)
        files, size_bytes = files + 1, size_bytes + file.size_bytes
    if left:
        run_logger().info("a batch of %s; %s left for further batches", counted(files, "file"), f"{left:,}")
    return [replace(each, files=tuple(taken[each.dataset])) for each in manifests], left > 0


def _undivided(manifest: Manifest) -> Sequence[StoredObject]:
    return manifest.files[manifest.new_files :]


def _in_order(manifests: Mapping[str, Manifest]) -> Sequence[tuple[str, StoredObject]]:
    """Return the new files of all datasets in the order in which they are loaded."""
    datasets = sorted(manifests, key=lambda name: not DATASETS[name].has_small_files)
    return [
        (name, file)
        for name in datasets
        for file in sorted(manifests[name].files[: manifests[name].new_files], key=lambda file: file.url)
    ]
