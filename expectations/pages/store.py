"""The page store: where the pages of runs are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class PageStore(Protocol):
    """A store of pages, each under a URL: in a folder, or on S3."""

    def list(self, url: str) -> Iterable[str]:
        """Return all URLs that start with this one."""

    def read(self, url: str) -> bytes | None:
        """Return the object at this URL, None if there is none."""

    def write(self, url: str, data: bytes) -> None:
        """Write an object atomically."""

    def delete(self, url: str) -> None:
        """Delete the object at this URL."""


@dataclass(frozen=True)
class DataDocs:
    """Where the pages of a run are written; `index.html` there lists all runs. The URL ends with a slash."""

    url: str
    run_name: str
    store: PageStore

    @property
    def index(self) -> str:
        """The URL of the page that lists all runs."""
        return f"{self.url}index.html"
