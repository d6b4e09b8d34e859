"""Read dates and times as COPY does: by a format string, by automatic recognition, or as an epoch.

A format string knows the parts that the Redshift guide lists (r_DATEFORMAT_and_TIMEFORMAT_strings), and every number in
it has its full count of digits. 'auto' knows the forms of the guide's page automatic-recognition and no others. The
guide is silent on more than six digits of a fraction: the rest is cut off. Refused: day 0, hour 24, second 60, and
every word that is no month, no part of the day and none of the zones listed here.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from lake.epochs import CYCLE_YEARS, EPOCH

DATE_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short_year>\d\d)",
    "MM": r"(?P<month>\d\d)",
    "MON": r"(?P<name>[a-z]{3,9})",
    "DD": r"(?P<day>\d\d)",
}
TIME_PARTS = {
    "HH24": r"(?P<hour>\d\d)",
    "HH12": r"(?P<half_hour>\d\d)",
    "HH": r"(?P<hour>\d\d)",
    "MI": r"(?P<minute>\d\d)",
    "SS": r"(?P<second>\d\d)(?:\.(?P<fraction>\d+))?",
    "AM": r"(?P<half>[ap]m)",
    "PM": r"(?P<half>[ap]m)",
}
_PARTS = DATE_PARTS | TIME_PARTS
_PART = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)) + "|.", re.IGNORECASE | re.DOTALL)
_GROUP = re.compile(r"\?P<(\w+)>")

EPOCHS = {"epochsecs": 1000, "epochmillisecs": 1}

_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTHS = {name: number for number, month in enumerate(_MONTH_NAMES, 1) for name in (month, month[:3])}
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip

_ZONE = r"(?:\s?(?P<zone>[a-z]{1,3}|[+-]\d\d(?::?\d\d)?))?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?"
_TIME = rf"(?:[t\s]\s*{_CLOCK}{_ZONE})?"
_CLOCK_ALONE = re.compile(_CLOCK + _ZONE, re.IGNORECASE | re.ASCII)
_PACKED_TIME = r"(?:\s(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d))?"
_AUTOMATIC = tuple(
    re.compile(pattern + r"(?P<era>\s(?:bc|ad))?", re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}}){_TIME}",
        rf"(?P<year>\d{{4}})/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}}){_TIME}",
        rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d){_PACKED_TIME}",
        rf"(?P<short_year>\d\d)(?P<month>\d\d)(?P<day>\d\d){_PACKED_TIME}",
        rf"j(?P<julian>\d+){_TIME}",
        rf"(?P<year>\d{{4}})\.(?P<day_of_year>\d{{3}}){_TIME}",
        rf"(?P<name>[a-z]{{3,9}})-(?P<day>\d{{1,2}})-(?:(?P<year>\d{{4}})|(?P<short_year>\d\d)){_TIME}",
        rf"(?P<day>\d{{1,2}})\s(?P<name>[a-z]{{3,9}})\s{_CLOCK}\s(?P<year>\d{{4}}){_ZONE}",
        # The guide shows 12.17.1997 for DD.MM.YYYY: like a cast, recognition puts the month first.
        rf"(?P<month>\d{{1,2}})[/.](?P<day>\d{{1,2}})[/.](?P<year>\d{{4}}){_TIME}",
    )
)


class Moment(NamedTuple):
    """A date and time of day as written; year 0 is 1 BC; `offset_minutes` is None where no zone is given."""

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    microsecond: int = 0
    offset_minutes: int | None = None

    def date_text(self) -> str:
        """Return the date as PostgreSQL reads it."""
        if self.year < 1:
            return f"{1 - self.year:04}-{self.month:02}-{self.day:02} BC"
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    def text(self, default_zone: str) -> str:
        """Return date, time and offset as PostgreSQL reads them."""
        date, _, era = self.date_text().partition(" ")
        return f"{date} {self.clock_text(default_zone)}{' BC' if era else ''}"

    def clock_text(self, default_zone: str) -> str:
        """Return time of day and offset as PostgreSQL reads them."""
        zone = default_zone
        if self.offset_minutes is not None and default_zone:
            sign = "-" if self.offset_minutes < 0 else "+"
            zone = f"{sign}{abs(self.offset_minutes) // 60:02}:{abs(self.offset_minutes) % 60:02}"
        clock = f"{self.hour:02}:{self.minute:02}:{self.second:02}"
        fraction = f".{self.microsecond:06}" if self.microsecond else ""
        return f"{clock}{fraction}{zone}"


def compile_format(text: str, with_zone: bool = False) -> Callable[[str], Moment | None]:
    """Return the reader of one format string, or of 'auto'; it returns None for what does not fit.

    Raises:
        ValueError: the format has a part that COPY does not know, or a part twice.
    """
    if text == "auto":
        return _recognize
    pattern = "".join(_part_pattern(part) for part in _PART.findall(text))
    names = _GROUP.findall(pattern)
    if len(set(names)) != len(names):
        raise ValueError("a part of the date or time is in it twice")
    compiled = re.compile(pattern + (_ZONE if with_zone else ""), re.IGNORECASE | re.ASCII)
    return lambda value: _moment(compiled.fullmatch(value))


def read_clock(value: str) -> Moment | None:
    """Read a time of day, with or without a zone, on an arbitrary day."""
    return _recognize(f"2000-01-01 {value}") if _CLOCK_ALONE.fullmatch(value) else None


def _part_pattern(part: str) -> str:
    known = _PARTS.get(part.upper())
    if known is None and part.isalpha() and part not in "TZ":
        raise ValueError(f"{part!r} is no part of a date or time; there are {', '.join(_PARTS)}")
    return known or re.escape(part)


def _recognize(value: str) -> Moment | None:
    for pattern in _AUTOMATIC:
        moment = _moment(pattern.fullmatch(value))
        if moment is not None:
            return moment
    return None


def _moment(match: re.Match[str] | None) -> Moment | None:
    """Build the moment that a pattern found; None where there is no such day or time of day."""
    if match is None:
        return None
    found = {name: text for name, text in match.groupdict().items() if text is not None}
    try:
        date = _date(found)
        hour = _hour(found)
        minute, second = int(found.get("minute", 0)), int(found.get("second", 0))
        microsecond = int(found.get("fraction", "0")[:6].ljust(6, "0"))
        # Any year of the cycle has the same days; datetime itself knows only the years 1 to 9999.
        datetime(2000 + date[0] % CYCLE_YEARS, *date[1:], hour, minute, second)
        offset = _offset(found["zone"]) if "zone" in found else None
    except (ValueError, KeyError, OverflowError):
        return None
    return Moment(*date, hour, minute, second, microsecond, offset)


def _date(found: dict[str, str]) -> tuple[int, int, int]:
    if "julian" in found:
        # Day 2440588 is 1970-01-01.
        day = EPOCH + timedelta(days=int(found["julian"]) - 2_440_588)
        return day.year, day.month, day.day
    if "year" in found:
        year = int(found["year"])
    else:
        year = int(found["short_year"])
        year += 1900 if year >= 70 else 2000
    if "bc" in found.get("era", "").lower():
        year = 1 - (year if "year" in found else int(found["short_year"]))
    if "day_of_year" in found:
        day = datetime(year, 1, 1) + timedelta(days=int(found["day_of_year"]) - 1)
        if day.year != year:
            raise ValueError(found["day_of_year"])
        return day.year, day.month, day.day
    return year, _month(found), int(found.get("day", 1))


def _month(found: dict[str, str]) -> int:
    return _MONTHS[found["name"].lower()] if "name" in found else int(found.get("month", 1))


def _hour(found: dict[str, str]) -> int:
    if "half_hour" not in found:
        return int(found.get("hour", 0))
    hour = int(found["half_hour"])
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + 12 * (found.get("half", "am").lower() == "pm")


def _offset(zone: str) -> int:
    if zone[0] not in "+-":
        return _ZONES[zone.lower()] * 60
    minutes = int(zone[1:3]) * 60 + int(zone[3:].lstrip(":") or 0)
    if minutes > 15 * 60 + 59:
        raise ValueError(zone)
    return -minutes if zone[0] == "-" else minutes
