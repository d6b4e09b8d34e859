"""What the report shows of each answer: its title, what to know to read it, and its chart if it has one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.insights_charts import cohorts, daily, heat_map, ranking

Rows = Sequence[tuple[Any, ...]]
Draw = Callable[[Rows, str], str]
"""Draws rows under a text for those who do not see the chart."""

SIZES = {1: "1 song", 2: "2 to 4", 5: "5 to 9", 10: "10 to 19", 20: "20 to 49", 50: "50 or more"}


@dataclass(frozen=True)
class Figure:
    """One answer's title, note and chart; without a chart the table itself is shown."""

    title: str
    note: str
    draw: Draw | None = None


def _active_users(rows: Rows, alt_text: str) -> str:
    days = [row for row in rows if row[0] == "day"]
    returning = [(row[1], "returning", row[4]) for row in days]
    return daily([*returning, *((row[1], "new", row[3]) for row in days)], "listeners", alt_text)


def _listening_by_hour(rows: Rows, alt_text: str) -> str:
    return heat_map([(weekday, hour, plays) for weekday, hour, plays in rows], alt_text)


def _songs_per_session(rows: Rows, alt_text: str) -> str:
    return daily([(row[0], "songs", row[3]) for row in rows], "songs", alt_text, ",.1f")


def _session_sizes(rows: Rows, alt_text: str) -> str:
    return ranking([(SIZES[row[0]], row[1]) for row in rows], "sessions", alt_text)


def _retention(rows: Rows, alt_text: str) -> str:
    cells = [
        (f"{_day(first_week)} ({listeners:,})", week, share, f"{_day(first_week)}, week {week}: {active:,} listeners")
        for first_week, week, listeners, active, share in rows
    ]
    return cohorts(cells, alt_text)


def _day(moment: object) -> str:
    return str(moment).partition(" ")[0]


def _errors(rows: Rows, alt_text: str) -> str:
    return daily([(row[0], "with errors", row[3]) for row in rows], "share of sessions", alt_text, ".1%")


def _songs(rows: Rows, alt_text: str) -> str:
    return ranking([(f"{title} ({artist})", plays) for _, _, title, artist, plays in rows], "plays", alt_text)


def _artists(rows: Rows, alt_text: str) -> str:
    return ranking([(artist, plays) for _, _, artist, plays in rows], "plays", alt_text)


def _regions(rows: Rows, alt_text: str) -> str:
    return ranking([(region, plays) for region, plays, _, _ in rows], "plays", alt_text)


def _user_agents(rows: Rows, alt_text: str) -> str:
    return ranking([(f"{row[0]}, {row[1]}", row[2]) for row in rows], "plays", alt_text)


def _share_known(rows: Rows, alt_text: str) -> str:
    return daily([(row[0], "known", row[3]) for row in rows], "share of plays", alt_text, ".2%")


FIGURES: Mapping[str, Figure] = {
    "headline": Figure("Headline numbers", "The 7 days up to the last play, and the 7 days before."),
    "active_users": Figure("Listeners per day", "New listeners had never played a song before.", _active_users),
    "listening_by_hour": Figure(
        "When people listen", "Plays by weekday and hour, the more the stronger.", _listening_by_hour
    ),
    "sessions": Figure("Songs per session", "The average of the sessions begun on a day.", _songs_per_session),
    "session_sizes": Figure("Sessions by size", "How many sessions had so many songs.", _session_sizes),
    "retention": Figure(
        "Who comes back",
        "By week of first play (its Monday, its new listeners), the percent of them who listened in the weeks after. "
        "The latest week may not be over.",
        _retention,
    ),
    "sessions_with_errors": Figure(
        "Sessions with errors", "A request was answered with a status of 400 or more; by the day they began.", _errors
    ),
    "top_songs_of_the_day": Figure("Most played on the last day", "Plays per song.", _songs),
    "top_songs_of_the_week": Figure(
        "Most played of the week", "Plays per song, in the 7 days up to the last play.", _songs
    ),
    "top_songs_ever": Figure("Most played of all time", "Plays per song.", _songs),
    "top_artists_of_the_week": Figure(
        "Artists of the week", "Plays per artist, in the 7 days up to the last play.", _artists
    ),
    "top_artists_ever": Figure("Artists of all time", "Plays per artist.", _artists),
    "favourite_songs_by_weekday": Figure("The song of each weekday", "The one played most."),
    "favourite_songs_by_level": Figure(
        "Favourites of free and paid listeners", "By the level that the listener had at the time of the play."
    ),
    "subscription_funnel": Figure(
        "From the page to the change",
        "Sessions that saw Upgrade or Downgrade, and those of them that submitted it afterwards.",
    ),
    "conversions": Figure("Free to paid, and back", "A change is a page Submit Upgrade or Submit Downgrade."),
    "level_changes": Figure("What preceded a change", "The latest ten, with the listener's plays before each."),
    "plays_by_region": Figure("Where people listen", "Plays by state, the first named of the area.", _regions),
    "user_agents": Figure("What people listen with", "Plays by browser and platform.", _user_agents),
    "known_songs": Figure(
        "Plays of a known song", "Title, artist and duration match a song of the catalogue.", _share_known
    ),
    "last_batch": Figure("The last batch", "What was published last, and what the tables hold now."),
}
"""The figure of each answer, by the answer's name."""

SECTIONS: Mapping[str, Sequence[str]] = {
    "Listeners": (
        "active_users",
        "listening_by_hour",
        "retention",
        "sessions",
        "session_sizes",
        "sessions_with_errors",
    ),
    "Songs and artists": (
        "top_songs_of_the_day",
        "top_songs_of_the_week",
        "top_songs_ever",
        "top_artists_of_the_week",
        "top_artists_ever",
        "favourite_songs_by_weekday",
        "favourite_songs_by_level",
    ),
    "Subscriptions": ("subscription_funnel", "conversions", "level_changes"),
    "Places and devices": ("plays_by_region", "user_agents"),
}
"""The answers in each section of the page; headline, last_batch and known_songs have places of their own."""
