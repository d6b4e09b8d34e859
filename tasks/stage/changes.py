"""Changes: whether the files of a batch are still those that were listed, once COPY has read them.

A file that is replaced between the listing and COPY, or while COPY reads it, has another etag afterwards. So the files
are listed again, which reads none of their bytes.
"""

from collections.abc import Sequence

from lake.finding import find_objects
from lake.object_store import StoredObject
from tasks.wording import describe_files
from warehouse import StorageError, Store


def require_unchanged(store: Store, files: Sequence[StoredObject]) -> None:
    """Check that files are what they were when they were listed.

    Raises:
        StorageError: some are not, or they cannot be listed; the message has the first ten.
    """
    now = find_objects(store, [file.url for file in files])
    changed = [
        f"{file.url} {'was replaced' if file.url in now else 'was deleted'} while it was loaded; nothing is published: "
        "run again"
        for file in files
        if file.url not in now or now[file.url].etag != file.etag
    ]
    if changed:
        raise StorageError(*describe_files(changed, "were changed while they were loaded").split("\n"))
