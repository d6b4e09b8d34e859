"""Which page follows which in a visit to the simulated app.

The shares are those of a month of the real app's log, per thousand, with more changes of plan than it has: a sample
in which nobody ever changes level would not test the one attribute of a user that changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, auto

import numpy as np
import numpy.typing as npt


class Page(IntEnum):
    """A page as the app logs it; the GUEST ones are seen logged out."""

    NEXT_SONG = 0
    HOME = auto()
    LOGOUT = auto()
    GUEST_HOME = auto()
    GUEST_LOGIN = auto()
    GUEST_ABOUT = auto()
    GUEST_HELP = auto()
    UPGRADE = auto()
    DOWNGRADE = auto()
    SUBMIT_UPGRADE = auto()
    SUBMIT_DOWNGRADE = auto()
    SETTINGS = auto()
    SAVE_SETTINGS = auto()
    HELP = auto()
    ABOUT = auto()
    ERROR = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """What the log has of a page, whoever requests it."""

    page: str
    logged_in: bool
    method: str
    status: int


REQUESTS: Mapping[Page, Request] = {
    Page.NEXT_SONG: Request("NextSong", True, "PUT", 200),
    Page.HOME: Request("Home", True, "GET", 200),
    Page.LOGOUT: Request("Logout", True, "PUT", 307),
    Page.GUEST_HOME: Request("Home", False, "GET", 200),
    Page.GUEST_LOGIN: Request("Login", False, "PUT", 307),
    Page.GUEST_ABOUT: Request("About", False, "GET", 200),
    Page.GUEST_HELP: Request("Help", False, "GET", 200),
    Page.UPGRADE: Request("Upgrade", True, "GET", 200),
    Page.DOWNGRADE: Request("Downgrade", True, "GET", 200),
    Page.SUBMIT_UPGRADE: Request("Submit Upgrade", True, "PUT", 307),
    Page.SUBMIT_DOWNGRADE: Request("Submit Downgrade", True, "PUT", 307),
    Page.SETTINGS: Request("Settings", True, "GET", 200),
    Page.SAVE_SETTINGS: Request("Save Settings", True, "PUT", 307),
    Page.HELP: Request("Help", True, "GET", 200),
    Page.ABOUT: Request("About", True, "GET", 200),
    Page.ERROR: Request("Error", True, "GET", 404),
}

_FIRST = {Page.NEXT_SONG: 540, Page.HOME: 372, Page.GUEST_HOME: 57, Page.GUEST_LOGIN: 28, Page.ABOUT: 3}
# UPGRADE and SUBMIT_UPGRADE stand for both plans here; who is on the paid one meets the DOWNGRADE pages instead.
_NEXT = {
    Page.NEXT_SONG: {
        Page.NEXT_SONG: 939, Page.HOME: 24, Page.LOGOUT: 13, Page.UPGRADE: 11, Page.SETTINGS: 5, Page.HELP: 5,
        Page.ABOUT: 2, Page.ERROR: 1,
    },
    Page.HOME: {
        Page.NEXT_SONG: 905, Page.SETTINGS: 40, Page.LOGOUT: 19, Page.UPGRADE: 19, Page.HOME: 11, Page.ABOUT: 4,
        Page.ERROR: 2,
    },
    Page.LOGOUT: {Page.GUEST_HOME: 1000},
    Page.GUEST_HOME: {Page.GUEST_LOGIN: 581, Page.GUEST_HOME: 238, Page.GUEST_ABOUT: 124, Page.GUEST_HELP: 57},
    Page.GUEST_LOGIN: {Page.HOME: 1000},
    Page.GUEST_ABOUT: {Page.GUEST_LOGIN: 571, Page.GUEST_HOME: 286, Page.GUEST_ABOUT: 143},
    Page.GUEST_HELP: {Page.GUEST_LOGIN: 400, Page.GUEST_HELP: 600},
    Page.UPGRADE: {Page.NEXT_SONG: 450, Page.HOME: 150, Page.SUBMIT_UPGRADE: 400},
    Page.SUBMIT_UPGRADE: {Page.HOME: 1000},
    Page.SETTINGS: {
        Page.NEXT_SONG: 545, Page.SAVE_SETTINGS: 182, Page.SETTINGS: 73, Page.HOME: 73, Page.HELP: 73,
        Page.LOGOUT: 54,
    },
    Page.SAVE_SETTINGS: {Page.HOME: 1000},
    Page.HELP: {Page.NEXT_SONG: 857, Page.HOME: 57, Page.UPGRADE: 57, Page.HELP: 29},
    Page.ABOUT: {Page.NEXT_SONG: 333, Page.HOME: 334, Page.ABOUT: 333},
    Page.ERROR: {Page.NEXT_SONG: 667, Page.HOME: 333},
}  # fmt: skip
_START = len(Page)


def _per_thousand(shares: Mapping[Page, int]) -> npt.NDArray[np.uint8]:
    return np.repeat(np.array(list(shares), np.uint8), list(shares.values()))


# One row a page and one for the start of a visit, each of a thousand equally likely successors.
_SUCCESSORS = np.stack([_per_thousand(_NEXT.get(page, _FIRST)) for page in Page] + [_per_thousand(_FIRST)])


def browse(rng: np.random.Generator, visit_lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return the pages of all visits, one visit after the other; the lengths, in pages, must not increase."""
    starts = np.cumsum(visit_lengths) - visit_lengths
    pages = np.empty(int(visit_lengths.sum()), np.uint8)
    current = np.full(visit_lengths.size, _START, np.uint8)
    for item in range(int(visit_lengths[0])):
        still_open = int(np.searchsorted(-visit_lengths, -item))
        current = _SUCCESSORS[current[:still_open], rng.integers(0, 1000, still_open)]
        pages[starts[:still_open] + item] = current
    return pages
