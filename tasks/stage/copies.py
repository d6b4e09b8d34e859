"""Copies: which files one COPY reads. It has one compression option for all, so each compression has its own COPY.

The first bytes of a file decide: objects named `.json` may hold gzip, as uploads with a content encoding do. That is
one request for each file that COPY will read, small beside those of COPY itself; a compacted file needs none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from lake.compression import MAGIC_BYTES, Compression, find_compression, find_foreign_format, suffix_compression
from lake.object_store import StoredObject, readers
from lake.parallel import parallel_map
from tasks.discover.discovery import Manifest, write_manifest
from tasks.discover.file_names import DATA
from tasks.wording import describe_files, enumerated
from warehouse import StorageError, Store

READERS = 16


def write_copies(store: Store, manifest: Manifest) -> list[Manifest]:
    """Divide a manifest into one for each compression, and write them for COPY.

    Raises:
        StorageError: files cannot be read, do not have the compression of their suffix, or are known not to be JSON;
            the message has the first ten.
    """
    read = dict(_read_starts(store, manifest))
    if unreadable := [str(start) for start in read.values() if isinstance(start, StorageError)]:
        raise StorageError(*describe_files(unreadable, "cannot be read").split("\n"))
    starts = {url: start for url, start in read.items() if isinstance(start, bytes)}
    odd = [f"{url} {what}" for url, start in starts.items() if (what := _find_fault(url, start))]
    if odd:
        raise StorageError(f"{enumerated(odd)}; deliver them again: {DATA}")
    files: dict[Compression, list[StoredObject]] = {}
    for file in manifest.files:
        files.setdefault(find_compression(starts.get(file.url, b"")), []).append(file)
    parts = [_part(manifest, compression, files[compression]) for compression in Compression if compression in files]
    for part in parts:
        write_manifest(store, part)
    return parts


def _read_starts(store: Store, manifest: Manifest) -> Iterator[tuple[str, bytes | StorageError]]:
    """Read the first bytes of the files that COPY reads themselves."""
    copied = [url for url in manifest.urls if url not in manifest.compacted]
    return zip(copied, parallel_map(partial(_read_start, store), copied, readers(copied, READERS)), strict=True)


def _read_start(store: Store, url: str) -> bytes | StorageError:
    """Return the first bytes of a file, or why it cannot be read."""
    try:
        return store.read_start(url, MAGIC_BYTES)
    except StorageError as error:
        return error


def _find_fault(url: str, start: bytes) -> str | None:
    """Return what is wrong with a file that begins so, if anything is; an empty one shows in COPY's own count."""
    if foreign := find_foreign_format(start):
        return f"is {foreign}"
    named = suffix_compression(url)
    if start and named not in (Compression.NONE, find_compression(start)):
        return f"is not compressed as its name says ({named.value})"
    return None


def _part(manifest: Manifest, compression: Compression, files: Sequence[StoredObject]) -> Manifest:
    if compression is Compression.NONE:
        return replace(manifest, files=tuple(files))
    url = f"{manifest.url.removesuffix('.manifest.json')}.{compression.value.lower()}.manifest.json"
    return replace(manifest, url=url, files=tuple(files), compacted={}, compression=compression)
