"""What happens in the simulated app, one UTC day after another.

A day is a handful of arrays, never an object per event, and no day outlives the next: memory follows the busiest day,
not the length of the log. Visits do not cross midnight.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sample_lake.pages import Page, browse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]

DAY_MS = 86_400_000
KNOWN_SHARE = 0.3  # of the plays are of a song in the catalogue
_WEEKDAY_WEIGHTS = np.array([30, 31, 40, 25, 30, 18, 12])  # Monday first, from the real log
_HOUR_WEIGHTS = np.array([
    185, 201, 157, 130, 159, 206, 230, 219, 246, 311, 356, 391,
    368, 415, 504, 577, 626, 572, 579, 431, 397, 326, 247, 223,
])  # fmt: skip
_LONGEST_VISIT = 120  # pages; at ten minutes a page it still fits into a day
_LONGEST_PAUSE_MS = 599_000
_FOLLOW_SHARE = 0.3  # of the plays continue with the neighbour of the song before
_TASTE_SHARE = 0.7  # of the other plays are near the listener's taste, the rest are hits
_GOLDEN_RATIO = 0.618034  # multiples of it spread the hits evenly over a circle
_HEAD = 4  # the larger, the less the most popular stand out
_UPGRADE_SHARE, _DOWNGRADE_SHARE = 0.7, 0.15  # of the plan pages' visitors submit


@dataclass(frozen=True, slots=True)
class Cast:
    """Who listens to what: users are 0 to users - 1; song 0 is none, then the catalogue, then the strangers."""

    users: int
    catalogue: int
    strangers: int
    song_ms: Ints


@dataclass(frozen=True, slots=True)
class Day:
    """The events of one day, in order of time; every array has one element an event."""

    number: int
    page: Codes
    user: Ints
    paid: Flags
    song: Ints
    session: Ints
    item: Ints
    ms_of_day: Ints


@dataclass(frozen=True, slots=True)
class _Visits:
    """The visits of one day, one after the other.

    `first` event and `length` have one element a visit; `visit`, `page` and `user` one an event.
    """

    first: Ints
    length: Ints
    visit: Ints
    page: Codes
    user: Ints


def simulate_days(rng: np.random.Generator, cast: Cast, events: int, days: int) -> Iterator[Day]:
    """Yield the days that have events; day 0 is a Thursday and all days together have exactly `events` events."""
    weights = _WEEKDAY_WEIGHTS[(np.arange(days) + 3) % 7] * rng.lognormal(0, 0.25, days)
    users_by_rank = rng.permutation(cast.users)
    taste = rng.random(cast.users)
    is_paid = np.empty(cast.users, np.bool_)
    is_paid[users_by_rank] = rng.random(cast.users) < np.linspace(0.8, 0.1, cast.users)
    next_session = 1
    for number, size in enumerate(rng.multinomial(events, weights / weights.sum()).tolist()):
        if size:
            visits = _visits(rng, users_by_rank, size)
            day = _day(rng, cast, visits, taste, (number, next_session))
            with_levels, is_paid = _with_levels(rng, day, is_paid)
            yield with_levels
            next_session += visits.first.size


def _visits(rng: np.random.Generator, users_by_rank: Ints, size: int) -> _Visits:
    length = _visit_lengths(rng, size)
    visit = np.repeat(np.arange(length.size), length)
    visitor = users_by_rank[_skewed(rng, np.full(length.size, users_by_rank.size))]
    return _Visits(np.cumsum(length) - length, length, visit, browse(rng, length), visitor[visit])


def _visit_lengths(rng: np.random.Generator, size: int) -> Ints:
    """Return lengths in pages that add up to `size`, longest first: half of all visits are short, few are very long."""
    lengths = np.minimum(np.ceil(rng.lognormal(1.1, 1.5, size)), _LONGEST_VISIT).astype(np.int64)
    ends = np.cumsum(lengths)
    last = int(np.searchsorted(ends, size))
    lengths[last] -= ends[last] - size
    return np.sort(lengths[: last + 1])[::-1]


def _day(rng: np.random.Generator, cast: Cast, visits: _Visits, taste: Floats, numbers: tuple[int, int]) -> Day:
    """Put the visits into the day's order; `numbers` are those of the day and of its first session."""
    song = _songs(rng, cast, visits, taste)
    ms_of_day = _times_ms(rng, visits, cast.song_ms[song])
    by_time = np.argsort(ms_of_day, kind="stable")
    session = np.empty_like(visits.first)
    session[np.argsort(ms_of_day[visits.first], kind="stable")] = np.arange(session.size) + numbers[1]
    return Day(
        number=numbers[0],
        page=visits.page[by_time],
        user=visits.user[by_time],
        paid=np.zeros(by_time.size, np.bool_),
        song=song[by_time],
        session=session[visits.visit[by_time]],
        item=(np.arange(by_time.size) - visits.first[visits.visit])[by_time],
        ms_of_day=ms_of_day[by_time],
    )


def _songs(rng: np.random.Generator, cast: Cast, visits: _Visits, taste: Floats) -> Ints:
    """Choose a song for every play and 0 for every other page.

    The songs of a side, catalogue or strangers, lie on a circle. A play is a hit, or near the listener's taste, or
    the neighbour of the visit's song before: that is what a recommender can learn.
    """
    songs = np.zeros(visits.page.size, np.int64)
    plays = np.flatnonzero(visits.page == Page.NEXT_SONG)
    visit = visits.visit[plays]
    known = (rng.random(plays.size) < KNOWN_SHARE) & (cast.catalogue > 0)
    circle = np.where(known, cast.catalogue, cast.strangers)
    hit = ((_skewed(rng, circle) + 1) * _GOLDEN_RATIO % 1 * circle).astype(np.int64)
    near = (taste[visits.user[plays]] * circle).astype(np.int64) + rng.integers(0, circle // 20 + 1)
    place = np.where(rng.random(plays.size) < _TASTE_SHARE, near, hit)
    follows = rng.random(plays.size) < _FOLLOW_SHARE
    follows &= np.diff(visit, prepend=-1) == 0
    number = np.arange(plays.size)
    origin = np.maximum.accumulate(np.where(follows, 0, number))
    place_on_circle = (place[origin] + number - origin) % circle[origin]
    songs[plays] = 1 + place_on_circle + np.where(known[origin], 0, cast.catalogue)
    return songs


def _times_ms(rng: np.random.Generator, visits: _Visits, song_ms: Ints) -> Ints:
    """Time every event in ms after midnight: the next page comes after the song, or interrupts it."""
    size = song_ms.size
    next_is_play = np.append(song_ms[1:] > 0, False)
    played_ms = np.where(next_is_play, song_ms, song_ms * rng.random(size))
    pause_ms = np.minimum(rng.exponential(60_000, size), _LONGEST_PAUSE_MS)
    gap_ms = np.where(song_ms > 0, played_ms, pause_ms).astype(np.int64) + rng.integers(1, 1000, size)
    elapsed_ms: Ints = np.cumsum(gap_ms) - gap_ms
    elapsed_ms -= np.repeat(elapsed_ms[visits.first], visits.length)
    visit_ms = elapsed_ms[visits.first + visits.length - 1]
    # A start late in the day is pulled forward by as much as the visit needs to end before midnight.
    start_ms = (_start_hours(rng, visits.first.size) / 24 * (DAY_MS - visit_ms - 1)).astype(np.int64)
    elapsed_ms += np.repeat(start_ms, visits.length)
    return elapsed_ms


def _start_hours(rng: np.random.Generator, size: int) -> Floats:
    """Draw hours of the day, 0 to 24."""
    begun_before = np.append(0, np.cumsum(_HOUR_WEIGHTS)) / _HOUR_WEIGHTS.sum()
    hours: Floats = np.interp(rng.random(size), begun_before, np.arange(25.0))
    return hours


def _skewed(rng: np.random.Generator, bounds: Ints) -> Ints:
    """Draw a rank below each bound, rank r about as often as 1 / (r + 4): few are met all the time, most rarely."""
    ranks: Ints = (_HEAD * (bounds / _HEAD + 1) ** rng.random(bounds.size) - _HEAD).astype(np.int64)
    return np.minimum(ranks, bounds - 1)


def _with_levels(rng: np.random.Generator, day: Day, is_paid: Flags) -> tuple[Day, Flags]:
    """Give every event its user's level at that time, and return the users' levels at the end of the day too.

    `is_paid` are those at its beginning. A submit event still has the level it ends.
    """
    page, changes, is_paid_after = _change_plans(rng, day, is_paid)
    by_user = np.argsort(day.user, kind="stable")
    changed = np.cumsum(changes[by_user]) - changes[by_user]
    is_first = np.diff(day.user[by_user], prepend=-1) != 0
    changed -= np.maximum.accumulate(np.where(is_first, changed, 0))
    paid = np.empty_like(day.paid)
    paid[by_user] = is_paid[day.user[by_user]] ^ (changed % 2 == 1)
    for free_page, paid_page in ((Page.UPGRADE, Page.DOWNGRADE), (Page.SUBMIT_UPGRADE, Page.SUBMIT_DOWNGRADE)):
        page[paid & (page == free_page)] = paid_page
    return replace(day, page=page, paid=paid), is_paid_after


def _change_plans(rng: np.random.Generator, day: Day, is_paid: Flags) -> tuple[Codes, Ints, Flags]:
    """Let users who are about to change their plan decide: whoever decides against it goes to the home page.

    Return the pages then, a 1 for each event that changes its user's plan, and the users' levels after the day.
    """
    page, is_paid = day.page.copy(), is_paid.copy()
    changes = np.zeros(page.size, np.int64)
    for event in np.flatnonzero(day.page == Page.SUBMIT_UPGRADE).tolist():
        user = day.user[event]
        if rng.random() < (_DOWNGRADE_SHARE if is_paid[user] else _UPGRADE_SHARE):
            is_paid[user] = not is_paid[user]
            changes[event] = 1
        else:
            page[event] = Page.HOME
    return page, changes, is_paid
