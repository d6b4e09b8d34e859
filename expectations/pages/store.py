"""Where the pages of runs are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Shelf(Protocol):
    """Where pages are kept, each under a URL: in a folder, or on S3."""

    def list(self, url: str) -> Iterable[str]:
        """Return all URLs that start with this one."""

    def read(self, url: str) -> bytes | None:
        """Return what is kept there, None if nothing is."""

    def write(self, url: str, data: bytes) -> None:
        """Keep something there, all of it or nothing."""

    def delete(self, url: str) -> None:
        """Keep nothing there."""


@dataclass(frozen=True)
class DataDocs:
    """Where the pages of a run are written; `index.html` there lists all runs. The URL ends with a slash."""

    url: str
    run_name: str
    shelf: Shelf

    @property
    def index(self) -> str:
        """The URL of the page that lists all runs."""
        return f"{self.url}index.html"
