"""Changes: whether the files of a batch are still those that were listed, once COPY has read them.

A file that is replaced between the listing and COPY, or while COPY reads it, has another etag afterwards. So the files
are listed again, which reads none of their bytes.
"""

from collections.abc import Iterator, Sequence

from lake.object_store import StoredObject, readers
from lake.parallel import parallel_map
from tasks.wording import describe_files
from warehouse import StorageError, Store

READERS = 16
MOST_LISTINGS = 100
"""At most so many files are listed one by one, and so many folders; of deeper trees the folders above."""


def require_unchanged(store: Store, files: Sequence[StoredObject]) -> None:
    """Check that files are what they were when they were listed.

    Raises:
        StorageError: some are not, or they cannot be listed; the message has the first ten.
    """
    listed = [*prefixes([file.url for file in files])]
    listings = parallel_map(lambda prefix: [*store.list(prefix)], listed, readers(listed, READERS))
    now = {found.url: found.etag for listing in listings for found in listing}
    changed = [
        f"{file.url} {'was replaced' if file.url in now else 'was deleted'} while it was loaded; nothing is published: "
        "run again"
        for file in files
        if now.get(file.url) != file.etag
    ]
    if changed:
        raise StorageError(*describe_files(changed, "were changed while they were loaded").split("\n"))


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
