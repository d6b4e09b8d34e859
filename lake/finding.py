"""Finding objects by their URLs, as they are now, without a request for each."""

from collections.abc import Iterator, Sequence

from lake.object_store import Store, StoredObject, readers
from lake.parallel import parallel_map

READERS = 16
MOST_LISTINGS = 100
"""At most so many files are listed one by one, and so many folders; of deeper trees the folders above."""


def find_objects(store: Store, urls: Sequence[str]) -> dict[str, StoredObject]:
    """Find these objects, and maybe others of their folders, by URL; those that are not there are left out.

    Raises:
        StorageError: a folder cannot be listed.
    """
    listed = [*prefixes(urls)]
    listings = parallel_map(lambda prefix: [*store.list(prefix)], listed, readers(listed, READERS))
    return {found.url: found for listing in listings for found in listing}


def prefixes(urls: Sequence[str]) -> Iterator[str]:
    """Give what to list to see all of these files: themselves where they are few, else folders, as deep as can be."""
    if len(urls) <= MOST_LISTINGS:
        yield from urls
        return
    folders = {_folder(url) for url in urls}
    while len(folders) > MOST_LISTINGS:
        deepest = max(folder.count("/") for folder in folders)
        folders = {_folder(folder.rstrip("/")) if folder.count("/") == deepest else folder for folder in folders}
    yield from (each for each in folders if not any(each != other and each.startswith(other) for other in folders))


def _folder(url: str) -> str:
    return url.rpartition("/")[0] + "/"
