"""Why a COPY failed: what is wrong with its lines, or which of its files cannot be read."""

from collections.abc import Sequence, Set
from functools import partial
from itertools import accumulate

import psycopg2

from lake.compression import Compression, open_content
from lake.object_store import readers
from lake.parallel import parallel_map
from tasks.discover.discovery import Manifest
from tasks.stage.copies import READERS
from tasks.stage.counting import Copied
from tasks.stage.load_errors import LoadError, why_refused
from tasks.validate.bad_rows import describe_faults, look_up, refused
from tasks.wording import describe_files
from warehouse import CopyError, StorageError, Store, Warehouse

MOST_ERRORS = 100_000
"""The largest MAXERROR that Redshift takes (Redshift guide, copy-parameters-data-load).

COPY always gets it, since with less it would report the first bad line only. The validation of staging decides about
refused lines: without a budget the run fails then, before anything is published.
"""
CHUNK_BYTES = 1 << 17
MOST_READ_BYTES = 1 << 30
"""How much is read of compressed files, as they are stored, to find the one for which COPY failed."""


def why_failed(
    warehouse: Warehouse, failed: Copied, load_errors: Sequence[LoadError], error: psycopg2.Error
) -> CopyError | StorageError:
    """Return what is wrong with the lines or the files that made COPY fail, or else its own message."""
    part = failed.part
    why_unreadable = partial(_why_unreadable, warehouse.store, _read_to_their_ends(part))
    found = parallel_map(why_unreadable, part.urls, readers(part.urls, READERS))
    unreadable = [] if len(load_errors) >= MOST_ERRORS else [reason for reason in found if reason]
    if unreadable:
        return StorageError(*describe_files([*map(str, unreadable)], "cannot be read").split("\n"))
    if load_errors:
        faults = look_up(warehouse.store, refused(part.dataset, load_errors))
        return CopyError(*describe_faults(faults).split("\n"))
    return CopyError(why_refused(part, error))


def _read_to_their_ends(part: Manifest) -> set[str]:
    """Choose the compressed files that are read to their ends, where they may be cut or damaged: the first of them."""
    sizes = accumulate(file.size_bytes for file in part.files)
    first = {file.url for file, size_bytes in zip(part.files, sizes, strict=True) if size_bytes <= MOST_READ_BYTES}
    return set() if part.compression is Compression.NONE else first


def _why_unreadable(store: Store, to_the_end: Set[str], url: str) -> StorageError | None:
    """Return why a file cannot be read, if so."""
    try:
        if url not in to_the_end:
            store.open(url).close()
            return None
        with open_content(store, url) as stream:
            while stream.read(CHUNK_BYTES):
                pass
    except StorageError as error:
        return error
    return None
