"""Rules for the names of a lake's files: which hold data, and which would be ambiguous in the load history."""

import re
from collections.abc import Iterable, Sequence

from lake.compression import SUFFIXES
from lake.locations import FOLDER_MARKER
from tasks.wording import counted, enumerated
from warehouse import StorageError

DATA_SUFFIXES = {"json", "jsonl", "ndjson", "log", "txt"}
DATA = (
    "data files are JSON, plain or compressed with gzip, bzip2 or zstd, and named so (.json, .jsonl, .ndjson, .log, "
    ".txt or no suffix; then maybe .gz, .bz2 or .zst)"
)
LOGGED_BYTES = 256
"""How much of a file's name the load history keeps (Redshift guide, r_STL_LOAD_COMMITS, SYS_LOAD_DETAIL)."""
URL_BYTES = 2048
"""How much of a URL the ledger keeps."""
_SUFFIX = re.compile(r"[a-z]\w{0,11}")
"""What is a suffix: neither a part of a date nor the rest of a sentence."""


def require_data(urls: Iterable[str]) -> None:
    """Refuse files that by their names hold something else than JSON, all of them at once.

    Raises:
        StorageError: there are such files; the message has the first ten.
    """
    others = [url for url in urls if not _is_named_as_data(_name(url))]
    if others:
        files = f"{counted(len(others), 'file')} of the lake {'is' if len(others) == 1 else 'are'}"
        raise StorageError(f"{files} not named as data: {enumerated(others)}; move what is no data elsewhere: {DATA}")


def require_distinct(urls: Sequence[str]) -> None:
    """Refuse files of one COPY whose names are too long for the ledger, or the same in the load history.

    Raises:
        StorageError: a URL is longer than the ledger keeps, or two are one in the load history.
    """
    long = [url for url in urls if len(url.encode()) > URL_BYTES]
    if long:
        raise StorageError(f"longer than {URL_BYTES:,} bytes, which the ledger keeps: {enumerated(long)}; rename them")
    known: dict[str, str] = {}
    alike = [(known[logged(url)], url) for url in urls if known.setdefault(logged(url), url) != url]
    if alike:
        more = f" (and {len(alike) - 1:,} more)" if len(alike) > 1 else ""
        raise StorageError(
            f"{alike[0][0]} and {alike[0][1]}{more} have the same first {LOGGED_BYTES} bytes, and the load history of "
            "the warehouse keeps no more of a name, nor blanks at its end: rename one of them, or move it to a shorter "
            "path"
        )


def logged(url: str) -> str:
    """Return a file's name as the load history keeps it, and as the queries trim it."""
    return url.encode()[:LOGGED_BYTES].decode(errors="ignore").rstrip(" ")


def _name(url: str) -> str:
    return url.rsplit("/", 1)[-1]


def _is_named_as_data(name: str) -> bool:
    stem, dot, suffix = name.lower().rpartition(".")
    if dot + suffix in SUFFIXES:
        stem, dot, suffix = stem.rpartition(".")
    if not dot:
        return suffix != "ds_store" and not suffix.endswith((FOLDER_MARKER, "~")) and bool(suffix)
    return suffix in DATA_SUFFIXES or not (_SUFFIX.fullmatch(suffix) or suffix.endswith((FOLDER_MARKER, "~")))
