"""Bounding: divide what is to be loaded into batches that are published one after the other, in order of time.

A run that breaks off in the last of many batches keeps those before it. A file that is corrected later takes no more
than its own batch with it, which is loaded again as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lake.object_store import StoredObject
from sql.datasets import DATASETS
from tasks.discover.discovery import Manifest
from tasks.run_log import run_logger
from tasks.wording import counted

BATCH_FILES = 100_000
BATCH_BYTES = 10_000_000_000
"""By default: much beside what a batch costs whatever its size, and little to do again; tasks/README.md has figures."""
DatasetFile = tuple[str, StoredObject]
"""The name of a dataset, and a file of it."""


@dataclass(frozen=True)
class Bounded:
    """The manifests of the next batch, how many batches all files make by the limits, and how many files are left."""

    manifests: Sequence[Manifest]
    batches: int
    files_left: int


def bound(manifests: Sequence[Manifest], batch_files: int, batch_bytes: int, *, is_divided: bool) -> Bounded:
    """Choose the files of the next batch: all of them where one transaction is to load all.

    What replaces rows of earlier batches is not divided, and comes first. Then come small files, such as songs, before
    the events that refer to them; the events in the order of their names, which have the day. One file is a batch,
    however large it is.
    """
    replacing = [(each.dataset, file) for each in manifests for file in each.files[each.new_files :]]
    first, *others = _divide(replacing, _in_order(manifests), batch_files, batch_bytes)
    if not others:
        return Bounded(manifests, 1, 0)
    batches, left = 1 + len(others), sum(map(len, others))
    if not is_divided:
        run_logger().info("all files in one transaction: by the limits they would be %d batches", batches)
        return Bounded(manifests, batches, 0)
    run_logger().info("a batch of %s; %s left for further batches", counted(len(first), "file"), f"{left:,}")
    return Bounded([_take(each, first[len(replacing) :]) for each in manifests], batches, left)


def _divide(
    replacing: Sequence[DatasetFile], new: Sequence[DatasetFile], batch_files: int, batch_bytes: int
) -> list[list[DatasetFile]]:
    """Divide files into batches, the first of which has all that replace something."""
    batches = [[*replacing]]
    size_bytes = sum(file.size_bytes for _, file in replacing)
    for dataset, file in new:
        taken = len(batches[-1])
        if taken and (taken >= batch_files or size_bytes + file.size_bytes > batch_bytes):
            batches.append([])
            size_bytes = 0
        batches[-1].append((dataset, file))
        size_bytes += file.size_bytes
    return batches


def _in_order(manifests: Sequence[Manifest]) -> list[DatasetFile]:
    """Return the new files of all datasets in the order in which they are loaded."""
    ordered = sorted(manifests, key=lambda each: not DATASETS[each.dataset].has_small_files)
    return [
        (each.dataset, file)
        for each in ordered
        for file in sorted(each.files[: each.new_files], key=lambda file: file.url)
    ]


def _take(manifest: Manifest, new: Sequence[DatasetFile]) -> Manifest:
    """Return a manifest with these of its new files, and all others."""
    taken = [file for dataset, file in new if dataset == manifest.dataset]
    return replace(manifest, files=(*taken, *manifest.files[manifest.new_files :]), new_files=len(taken))
