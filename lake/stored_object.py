"""What every store of the lake has in common: an object version, and the failure to find one.

It is a module apart from `object_store`, which is what other modules use, so that the stores need not import it.
"""

from dataclasses import dataclass
from datetime import datetime

from lake.errors import StorageError


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of one object: the same URL with another etag is another version."""

    url: str
    etag: str
    size_bytes: int
    last_modified: datetime


class ObjectMissing(StorageError):
    """The lake has no object of this URL."""
