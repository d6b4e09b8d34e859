"""Hold the days of a batch against the days before them: which are missing, and which have unusually many or few rows.

What the lake has of each day is the sum over its current batches in `batch_columns`; no row of an event is read.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from statistics import median

from sql.datasets import Dataset
from sql.policies import VolumePolicy
from tasks.validate.key_drift import Finding

NORMAL = 1.4826
"""The standard deviation of a normal distribution, in its median absolute deviations."""
FIRST_DAY = date(2000, 1, 1)
WHOLE_SHARE = 0.9
"""Where the first batch of a day has this share of its rows by the median, days come as a whole."""


@dataclass(frozen=True)
class DayRows:
    """How many rows one batch has of a day."""

    day: date
    batch_id: int
    rows: int


@dataclass(frozen=True)
class Days:
    """The days that the lake had before a batch, around those of the batch; and what it has with it.

    `gone` are the batches that it takes the place of. `today` is the day on which it is loaded, which is not over.
    """

    before: Sequence[DayRows]
    own: Sequence[DayRows]
    gone: Collection[int]
    today: date

    @property
    def after(self) -> list[DayRows]:
        """What the lake has with the batch."""
        return [*(each for each in self.before if each.batch_id not in self.gone), *self.own]


def find_volume(dataset: Dataset, days: Days) -> list[Finding]:
    """Find the days that are missing with a batch and were not before it, and its days with unusually many rows or few.

    The latest day is left to the next batch where days usually come in parts, such as hour by hour.
    """
    policy = dataset.drift.volume
    before, after = total(days.before), total(days.after)
    own = {each.day for each in days.own}
    if not own or median(after.values()) < policy.rows:
        return []
    found = [_missing(dataset, policy, *span) for span in spans(missing(after) - missing(before))]
    judged = sorted(day for day in _whole(days, own, after) if day < days.today)
    return [*found, *filter(None, (_unusual(dataset, policy, day, after) for day in judged))]


def find_usual_again(dataset: Dataset, days: Days) -> list[str]:
    """Tell what is over with a batch: days that were missing and are there, and unusual days that usual ones follow.

    The latest day before the batch, and its own days as they were before it, are what may have been unusual.
    """
    before, after = total(days.before), total(days.after)
    own = {each.day for each in days.own}
    if not own or not before:
        return []
    policy = dataset.drift.volume
    there = [_span(*span) for span in spans(missing(before) & {*after})]
    told = [f"{dataset.name}: there are rows of {text} now" for text in there]
    earlier = {day for day in own if day in before} | {max(before)}
    was = sorted(day for day in earlier if _unusual(dataset, policy, day, before))
    judged = [day for day in (*_whole(days, own, after), *was) if day < days.today]
    if was and judged and not any(_unusual(dataset, policy, day, after) for day in judged if day in own):
        told.append(f"{dataset.name}: {', '.join(map(str, was))} had unusually many rows or few; {max(own)} has not")
    return told


def plausible_day(text: str, today: date) -> date | None:
    """Read a day such as `2018-11-12`; None where it is a wrong moment, which a suite names."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= today + timedelta(1) else None


def total(days: Sequence[DayRows]) -> dict[date, int]:
    """Add up the rows of each day."""
    rows: dict[date, int] = {}
    for each in days:
        rows[each.day] = rows.get(each.day, 0) + each.rows
    return rows


def missing(days: Collection[date]) -> set[date]:
    """Return the days that are missing between the first and the last."""
    if not days:
        return set()
    first = min(days)
    return {first + timedelta(number) for number in range((max(days) - first).days)} - {*days}


def spans(days: Collection[date]) -> Iterator[tuple[date, date]]:
    """Give the first and the last of days that follow each other."""
    ordered = sorted(days)
    for _, group in groupby(enumerate(ordered), lambda each: each[1].toordinal() - each[0]):
        follow = [day for _, day in group]
        yield follow[0], follow[-1]


def usual_rows(policy: VolumePolicy, day: date, rows: Mapping[date, int]) -> tuple[float, float, int] | None:
    """Return what is usual on a day: median, and how many times more or less it may be; and of how many weekdays.

    None where there is not enough history.
    """
    weeks = {each: math.log(rows[each]) for each in _weeks(policy, day) if rows.get(each)}
    weekdays = [value for each, value in weeks.items() if each.weekday() == day.weekday()]
    if len(weekdays) < policy.weekdays or median(weekdays) < math.log(policy.rows):
        return None
    spread = NORMAL * median(_residuals(weeks))
    return math.exp(median(weekdays)), math.exp(policy.spreads * max(spread, policy.least_spread)), len(weekdays)


def _weeks(policy: VolumePolicy, day: date) -> Iterator[date]:
    return (day - timedelta(number) for number in range(1, 7 * policy.weeks + 1))


def _residuals(weeks: Mapping[date, float]) -> list[float]:
    """Return how far each day is from the median of the other days that are the same weekday."""
    by_weekday: dict[int, list[float]] = {}
    for day, value in weeks.items():
        by_weekday.setdefault(day.weekday(), []).append(value)
    return [
        abs(value - median(values[:place] + values[place + 1 :]))
        for values in by_weekday.values()
        if len(values) > 1
        for place, value in enumerate(values)
    ]


def _whole(days: Days, own: Collection[date], after: Mapping[date, int]) -> Iterator[date]:
    """Give the days that are whole with the batch, and were not before it, or are its own."""
    newest, were = max(after), {each.day for each in days.before}
    if _come_whole(days.before):
        yield from own
        return
    yield from (day for day in own if day < newest)
    if were and max(were) not in own and max(were) < newest:
        yield max(were)


def _come_whole(before: Sequence[DayRows]) -> bool:
    """Tell whether the first batch of a day usually has all of it; the latest day says nothing of that."""
    newest = max((each.day for each in before), default=None)
    by_day: dict[date, list[DayRows]] = {}
    for each in before:
        if each.day != newest:
            by_day.setdefault(each.day, []).append(each)
    shares = [
        min(parts, key=lambda part: part.batch_id).rows / max(1, sum(part.rows for part in parts))
        for parts in by_day.values()
    ]
    return not shares or median(shares) >= WHOLE_SHARE


def _span(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last} ({(last - first).days + 1:,} days)"


def _missing(dataset: Dataset, policy: VolumePolicy, first: date, last: date) -> Finding:
    what = f"{dataset.name}: no row of {_span(first, last)}, though there are some of days before and after"
    return Finding("missing", policy.missing, f"{what}: see whether all files of the lake were delivered")


def _unusual(dataset: Dataset, policy: VolumePolicy, day: date, rows: Mapping[date, int]) -> Finding | None:
    usual = usual_rows(policy, day, rows)
    if usual is None:
        return None
    middle, factor, weekdays = usual
    if middle / factor <= rows[day] <= middle * factor:
        return None
    is_less = rows[day] < middle
    change = f"{abs(1 - rows[day] / middle):.0%} {'fewer' if is_less else 'more'}"
    than = f"than the {middle:,.0f} of {day:%A}s before (the median of {weekdays})"
    remedy = "all files of the day were delivered" if is_less else "something was delivered twice, or floods the app"
    message = f"{dataset.name}: {rows[day]:,} rows of {day}, {change} {than}: see whether {remedy}"
    return Finding("unusual", policy.unusual, message)
