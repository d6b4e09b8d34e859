"""What the star must be, computed in memory from the lines of a lake, all at once and without a thought for speed.

It is written from the description of the tables, not from the SQL: one pass of plain Python per table.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.flows.lakes import Star

Document = Mapping[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def expected_star(events: Iterable[Document], songs: Iterable[Document]) -> Star:
    """Return the rows of every table of the star, in the order of their keys."""
    events, songs = list(events), list(songs)
    song_rows = _songs(songs)
    plays = [event for event in events if event["page"] == "NextSong"]
    return {
        "users": _users(events),
        "artists": _artists(songs),
        "songs": song_rows,
        "time": [_time(moment) for moment in sorted({_moment(play) for play in plays})],
        "songplays": _songplays(plays, song_rows),
    }


def _users(events: list[Document]) -> list[tuple[object, ...]]:
    """One row per user seen logged in, from the latest event: by time, session, place in it; then by content."""
    latest: dict[int, Document] = {}
    for event in events:
        if event["auth"] == "Logged In":
            user_id = int(event["userId"])
            if user_id not in latest or _is_later(event, latest[user_id]):
                latest[user_id] = event
    return [
        (
            user_id,
            *(event[name] for name in ("firstName", "lastName", "gender", "level")),
            _moment(event),
            event["sessionId"],
            event["itemInSession"],
        )
        for user_id, event in sorted(latest.items())
    ]


def _is_later(event: Document, other: Document) -> bool:
    key, other_key = ((e["ts"], e["sessionId"], e["itemInSession"], e["level"]) for e in (event, other))
    if key != other_key:
        return bool(key > other_key)
    names, other_names = ([_last(e[n]) for n in ("firstName", "lastName", "gender")] for e in (event, other))
    return names < other_names


def _artists(songs: list[Document]) -> list[tuple[object, ...]]:
    """One row per artist: known places before unknown ones, then the smallest attributes."""
    best: dict[str, tuple[object, ...]] = {}
    for song in songs:
        place = (song["artist_location"] or None, song["artist_latitude"], song["artist_longitude"])
        row = (song["artist_id"], song["artist_name"], *place)
        if row[0] not in best or _artist_rank(row) < _artist_rank(best[row[0]]):
            best[row[0]] = row
    return [row for _, row in sorted(best.items())]


def _artist_rank(row: tuple[Any, ...]) -> tuple[object, ...]:
    _, name, location, latitude, longitude = row
    is_placed = latitude is not None and longitude is not None
    return location is None, not is_placed, name, _last(location), _last(latitude), _last(longitude)


def _songs(songs: list[Document]) -> list[tuple[Any, ...]]:
    """One row per song: a known year before an unknown one, then the smallest attributes."""
    best: dict[str, tuple[Any, ...]] = {}
    for song in songs:
        names = (song["song_id"], song["title"], song["artist_id"])
        row = (*names, song["year"] or None, _seconds(song["duration"]), song["artist_name"])
        if row[0] not in best or _song_rank(row) < _song_rank(best[row[0]]):
            best[row[0]] = row
    return [row for _, row in sorted(best.items())]


def _song_rank(row: tuple[Any, ...]) -> tuple[object, ...]:
    _, title, artist_id, year, duration, artist_name = row
    return _last(year), title, artist_name, artist_id, duration


def _time(moment: datetime) -> tuple[object, ...]:
    weekday_from_sunday = moment.isoweekday() % 7
    week = moment.isocalendar().week
    return moment, moment.hour, moment.day, week, moment.month, moment.year, weekday_from_sunday


def _songplays(plays: list[Document], songs: list[tuple[Any, ...]]) -> list[tuple[object, ...]]:
    """One row per place in a session: of several versions the latest, matched to the smallest of its songs."""
    best: dict[tuple[int, int], Document] = {}
    for play in plays:
        key = (play["sessionId"], play["itemInSession"])
        if key not in best or _play_rank(play) < _play_rank(best[key]):
            best[key] = play
    return sorted((_songplay(play, songs) for play in best.values()), key=lambda row: str(row[0]))


def _play_rank(play: Document) -> tuple[object, ...]:
    names = [_last(play[name]) for name in ("song", "artist")]
    level = 0 if play["level"] == "paid" else 1
    places = [_last(play[name]) for name in ("location", "userAgent")]
    return -play["ts"], int(play["userId"]), level, *names, _seconds(play["length"]), *places


def _songplay(play: Document, songs: list[tuple[Any, ...]]) -> tuple[object, ...]:
    credit = (play["song"], play["artist"], _seconds(play["length"]))
    matches = [(song[0], song[2]) for song in songs if (song[1], song[5], song[4]) == credit]
    song_id, artist_id = min(matches, default=(None, None))
    key = f"{play['sessionId']}-{play['itemInSession']}"
    return (
        hashlib.md5(key.encode()).hexdigest(),
        _moment(play),
        int(play["userId"]),
        play["level"],
        song_id,
        artist_id,
        play["sessionId"],
        play["location"],
        play["userAgent"],
        play["itemInSession"],
        *credit,
    )


def _moment(event: Document) -> datetime:
    return (EPOCH + timedelta(milliseconds=event["ts"])).replace(tzinfo=None)


def _seconds(number: float) -> Decimal:
    return Decimal(str(number)).quantize(Decimal("0.00001"), ROUND_HALF_UP)


def _last(value: object) -> tuple[bool, Any]:
    """Order values ascending, unknown ones last."""
    return value is None, "" if value is None else value
