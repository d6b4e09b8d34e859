"""Locations: the folders and files of a dataset, and which of them belong to one lake.

The URL of a folder ends with a slash, so that `s3://b/log/` is not above `s3://b/log_data/`; that of the beginning of
names with a `*`; that of a single file with neither. Upper and lower case, `%` and `_` stand for themselves, as on S3.
"""

import os.path
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lake.locations import BEGINS
from sql.datasets import DATASETS
from tasks.discover.discovery import Source

_PARTITION = re.compile(r"(?<=[^/]/)(?:\d{1,4}|[A-Z]|[^/=]+=[^/=]*)/$")
"""A partition: a folder named after a year, month or day, a letter, or `key=value`."""


@dataclass(frozen=True, order=True)
class Location:
    """A folder, the beginning of names, or a single file, with files of one dataset."""

    dataset: str
    url: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, not a single file or the beginning of names."""
        return self.url.endswith("/")

    @property
    def folder(self) -> str:
        """The folder itself, or that of the file, or of the names."""
        return self.url[: self.url.rindex("/") + 1]

    @property
    def source(self) -> Source:
        """The location, as discovery lists it."""
        return Source(self.dataset, self.url.rstrip("/"))

    def covers(self, url: str) -> bool:
        """Return whether the location is this file or folder, or contains it."""
        return url == self.url or (self.url.endswith(("/", BEGINS)) and url.startswith(self.url.removesuffix(BEGINS)))

    def is_of_the_lake_of(self, known: "Location") -> bool:
        """Return whether it is in or above a known location; a known file, or the beginning of names, is its folder.

        The beginning of names is not above a folder: `log*` would take in what is beside a known `log_data/`.
        """
        is_above = self.is_folder and self.covers(known.url)
        return self.dataset == known.dataset and (self.folder.startswith(known.folder) or is_above)

    def moved(self, old_folder: str, new_folder: str) -> "Location":
        """Return where the location is once one folder has become another; one above the old folder is the new one."""
        url = new_folder + self.url.removeprefix(old_folder) if self.url.startswith(old_folder) else new_folder
        return replace(self, url=url)


def widest(locations: Iterable[Location]) -> list[Location]:
    """Return the locations without those that are in another one."""
    kept: list[Location] = []
    for location in sorted(set(locations), key=_from_the_widest):
        if not (kept and kept[-1].dataset == location.dataset and kept[-1].covers(location.url)):
            kept.append(location)
    return kept


def _from_the_widest(location: Location) -> tuple[str, str, bool]:
    beginning = location.url.removesuffix(BEGINS)
    return location.dataset, beginning, beginning == location.url


def common_location(dataset: str, first_url: str, last_url: str) -> Location:
    """Return the folder that all URLs from the first to the last have in common, without its partitions."""
    url = os.path.commonprefix([first_url, last_url])  # noqa: RUF071 - of characters, since it is cut at a slash
    url = url[: url.rindex("/") + 1]
    while (shorter := _PARTITION.sub("", url)) != url:
        url = shorter
    return Location(dataset, url)


def listed(locations: Iterable[Location]) -> str:
    """Name locations, by dataset."""
    return "; ".join(_by_dataset(list(locations)))


def _by_dataset(locations: list[Location]) -> Iterator[str]:
    for dataset in DATASETS:
        if urls := [location.url for location in locations if location.dataset == dataset]:
            more = f" and {len(urls) - 3} more locations" if len(urls) > 3 else ""
            yield f"{dataset} from {', '.join(urls[:3])}{more}"
