"""Places: where files of a dataset lie, and which of them belong to one lake.

The URL of a folder ends with a slash, so that `s3://b/log/` is not above `s3://b/log_data/`; that of a single file does
not. Upper and lower case, `%` and `_` stand for themselves, as they do on S3.
"""

import os.path
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tasks.discover.discovery import DATASETS, Source

_PARTITION = re.compile(r"(?<=[^/]/)(?:\d{1,4}|[A-Z]|[^/=]+=[^/=]*)/$")
"""A folder that only says which part of the files it has: a year, month or day, a letter, or `key=value`."""


@dataclass(frozen=True, order=True)
class Place:
    """A folder, or a single file, with files of one dataset."""

    dataset: str
    url: str

    @property
    def is_folder(self) -> bool:
        """Tell a folder from a single file."""
        return self.url.endswith("/")

    @property
    def folder(self) -> str:
        """The folder itself, or that of the file."""
        return self.url[: self.url.rindex("/") + 1]

    @property
    def source(self) -> Source:
        """The place, as discovery lists it."""
        return Source(self.dataset, self.url.rstrip("/"))

    def covers(self, url: str) -> bool:
        """Tell whether the place is this file or folder, or has it in it."""
        return url.startswith(self.url) if self.is_folder else url == self.url

    def is_of_the_lake_of(self, known: "Place") -> bool:
        """Tell whether it lies in or above a place that is known; a file that is known stands for its folder."""
        return self.dataset == known.dataset and (self.folder.startswith(known.folder) or self.covers(known.url))

    def moved(self, old_folder: str, new_folder: str) -> "Place":
        """Return where the place is once one folder has become another; one above the old folder is the new one."""
        url = new_folder + self.url.removeprefix(old_folder) if self.url.startswith(old_folder) else new_folder
        return replace(self, url=url)


def widest(places: Iterable[Place]) -> list[Place]:
    """Return the places without those that lie in another one."""
    kept: list[Place] = []
    for place in sorted(set(places)):
        if not (kept and kept[-1].dataset == place.dataset and kept[-1].covers(place.url)):
            kept.append(place)
    return kept


def common_place(dataset: str, first_url: str, last_url: str) -> Place:
    """Return the folder that all URLs from the first to the last have in common, without its partitions."""
    url = os.path.commonprefix([first_url, last_url])  # noqa: RUF071 - of characters, since it is cut at a slash
    url = url[: url.rindex("/") + 1]
    while (shorter := _PARTITION.sub("", url)) != url:
        url = shorter
    return Place(dataset, url)


def listed(places: Iterable[Place]) -> str:
    """Name places, by dataset."""
    return "; ".join(_by_dataset(list(places)))


def _by_dataset(places: list[Place]) -> Iterator[str]:
    for dataset in DATASETS:
        if urls := [place.url for place in places if place.dataset == dataset]:
            more = f" and {len(urls) - 3} more places" if len(urls) > 3 else ""
            yield f"{dataset} from {', '.join(urls[:3])}{more}"
