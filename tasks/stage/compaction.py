"""Compact: put the content of many small files into a few large objects of the run's own, for COPY to read instead.

Every file costs COPY a request, and each slice of a warehouse makes one after the other; `deployments/SIZING.md` has
from how many files on it pays to make them here, many in parallel. Nothing else changes: the lineage of each object's
lines is kept, so that the ledger, load errors and quarantine still name the file and line they came from.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from lake.compression import CorruptObject, content
from lake.documents import Document, read_documents
from lake.object_store import StoredObject, readers
from lake.parallel import parallel_map
from tasks.batch import Batch
from tasks.discover.discovery import Manifest, Origin
from tasks.discover.file_names import require_distinct
from tasks.retries import io_task
from tasks.run_log import run_logger
from warehouse import StorageError, Store, Warehouse

SMALL_BYTES = 1 << 20
"""A file of this size is fine for COPY as it is: 1 MB to 1 GB (Redshift guide, c_best-practices-use-multiple-files)."""
OBJECTS = 16
"""How many objects are written, or a multiple of it: slices come in powers of two, and share so many evenly."""
OBJECT_BYTES = 8 << 20
"""What an object holds at most, give or take a file: it is made in memory."""
UNPACKED_BYTES = 4 * OBJECT_BYTES
"""What an object holds at most of files that were compressed, and are dealt out by their sizes so."""
THREADS = 32
_LINE_BREAKS = re.compile(r"[\r\n]")


@io_task("compact", "compact {manifest.dataset}: {manifest.summary}")
def compact(warehouse: Warehouse, batch: Batch, manifest: Manifest) -> Manifest:
    """Copy the small files of a manifest into a few objects of one JSON object a line, for COPY to read in their place.

    A file that cannot be read, or is not JSON objects from end to end, is not compacted: COPY reports what is wrong
    with it.

    Raises:
        StorageError: an object cannot be written.
    """
    small = [file for file in manifest.files if file.size_bytes < SMALL_BYTES]
    if len(small) < 2:
        return manifest
    compacted = dict(write_objects(warehouse.store, f"{batch.work_url}{manifest.dataset}", small))
    made = replace(manifest, compacted=compacted)
    require_distinct(made.urls)
    left = len(made.urls) - len(compacted)
    run_logger().info("%d files into %d objects", len(manifest.files) - left, len(compacted))
    return made


def write_objects(store: Store, prefix: str, files: Sequence[StoredObject]) -> Iterator[tuple[str, list[Origin]]]:
    """Write the objects one after the other; yield of each its URL, and where its lines came from.

    Raises:
        StorageError: an object cannot be written.
    """
    contents = parallel_map(partial(_read_lines, store), files, readers((file.url for file in files), THREADS))
    number = 0
    for run in deal(files):
        for lines in _gather(zip(run, contents, strict=False)):
            number += 1
            url = f"{prefix}.compacted-{number:04}.json"
            store.write(url, "".join(text for _, _, text in lines).encode(errors="surrogateescape"))
            yield url, [(source, line_number) for source, line_number, _ in lines]


def _gather(contents: Iterable[tuple[StoredObject, list[tuple[int, str]]]]) -> Iterator[list[tuple[str, int, str]]]:
    """Put the lines of successive files together, as many as one object may hold: their files, numbers and texts."""
    gathered: list[tuple[str, int, str]] = []
    size = 0
    for file, lines in contents:
        gathered += [(file.url, *line) for line in lines]
        size += sum(len(text) for _, text in lines)
        if size >= UNPACKED_BYTES:
            yield gathered
            gathered, size = [], 0
    if gathered:
        yield gathered


def deal(files: Sequence[StoredObject]) -> list[list[StoredObject]]:
    """Cut files into successive runs of about the same size: one for each object."""
    total = sum(file.size_bytes for file in files)
    number = OBJECTS * -(-total // (OBJECTS * OBJECT_BYTES)) if total >= SMALL_BYTES else 1
    runs: list[list[StoredObject]] = [[] for _ in range(number)]
    start = 0
    for file in files:
        runs[min(start * number // max(total, 1), number - 1)].append(file)
        start += file.size_bytes
    return runs


def _read_lines(store: Store, file: StoredObject) -> list[tuple[int, str]]:
    """Return the JSON objects of a file, each as the number of its last line, and its text as a line.

    Of a file that is no such file, or not as small as it seemed, return nothing.
    """
    lines = []
    try:
        held = _read_small(store, file)
    except StorageError:
        return []
    for found in read_documents(io.BytesIO(held)):
        if not isinstance(found, Document) or not isinstance(found.value, dict):
            return []
        lines.append((found.line_number, _LINE_BREAKS.sub(" ", found.raw) + "\n"))  # JSON has breaks between words only
    return lines


def _read_small(store: Store, file: StoredObject) -> bytes:
    """Return what a file holds; nothing if that is not small, or cannot be decompressed."""
    with content(file.url, io.BufferedReader(io.BytesIO(store.read(file.url)))) as stream:
        try:
            found = stream.read(SMALL_BYTES)
        except CorruptObject:
            return b""
    return found if len(found) < SMALL_BYTES else b""
