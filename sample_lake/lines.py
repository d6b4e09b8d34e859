"""The log lines of a simulated day, in the real app's spelling: ASCII, every slash escaped, registration with `.0`.

A line is joined from fragments that are encoded once a user, page or song, so that no event is ever a Python object:
that is what makes a million lines a matter of seconds.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from sample_lake.days import Day
from sample_lake.pages import REQUESTS, Page
from sample_lake.songs import Song
from sample_lake.users import User

_LINES_A_WRITE = 25_000
_GUEST = 0  # the fragments' row for whoever is logged out


class Fragments:
    """The parts of a line that do not change from event to event; columns are named after their last field."""

    def __init__(self, users: Sequence[User], songs: Sequence[Song]) -> None:
        encoded = [(_json(song.artist.name), _json(song.duration_s), _json(song.title)) for song in songs]
        self.songs = _columns(
            ("artist", "length", "song"), [_song_parts(*song) for song in [("null", "null", "null"), *encoded]]
        )
        self.users = _columns(
            ("gender", "lastName", "free", "paid", "registration", "userId"),
            [_user_parts(user) for user in [None, *users]],
        )
        requests = [REQUESTS[page] for page in Page]
        self.pages = _columns(
            ("page", "status"),
            [(f'{r.method}","page":"{r.page}","registration":', f'{r.status},"ts":') for r in requests],
        )
        self.is_logged_in = np.array([r.logged_in for r in requests])


def write_lines(path: Path, day: Day, fragments: Fragments, midnight_ms: int) -> int:
    """Write one line an event, in the day's order, and return the file's size in bytes."""
    with path.open("wb") as file:
        for start in range(0, day.page.size, _LINES_A_WRITE):
            lines = _lines(day, slice(start, start + _LINES_A_WRITE), fragments, midnight_ms)
            lines.write_csv(file, include_header=False, quote_style="never")
        return file.tell()


def _lines(day: Day, part: slice, fragments: Fragments, midnight_ms: int) -> pl.DataFrame:
    page, song = day.page[part].astype(np.int64), day.song[part]
    user = np.where(fragments.is_logged_in[page], day.user[part] + 1, _GUEST)
    of_song = {name: column.gather(song) for name, column in fragments.songs.items()}
    of_user = {name: column.gather(user) for name, column in fragments.users.items()}
    of_page = {name: column.gather(page) for name, column in fragments.pages.items()}
    pieces = (
        of_song["artist"],
        of_user["gender"],
        pl.Series(day.item[part]),
        of_user["lastName"],
        of_song["length"],
        of_user["paid"].zip_with(pl.Series(day.paid[part]), of_user["free"]),
        of_page["page"],
        of_user["registration"],
        pl.Series(day.session[part]),
        of_song["song"],
        of_page["status"],
        pl.Series(midnight_ms + day.ms_of_day[part]),
        of_user["userId"],
    )
    return pl.select(pl.concat_str(*pieces))


def _song_parts(artist: str, length: str, song: str) -> tuple[str, ...]:
    return f'{{"artist":{artist},"auth":"Logged ', f'{length},"level":"', f',"song":{song},"status":'


def _user_parts(user: User | None) -> tuple[str, ...]:
    first, last, gender, location, agent = (
        ["null"] * 5
        if user is None
        else map(_json, (user.first_name, user.last_name, user.gender, user.location, user.user_agent))
    )
    auth, registration, user_id = (
        ("Out", "null", "") if user is None else ("In", f"{user.registered_ms}.0", user.user_id)
    )
    return (
        f'{auth}","firstName":{first},"gender":{gender},"itemInSession":',
        f',"lastName":{last},"length":',
        f'free","location":{location},"method":"',
        f'paid","location":{location},"method":"',
        f'{registration},"sessionId":',
        f',"userAgent":{agent},"userId":"{user_id}"}}',
    )


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, pl.Series]:
    return {name: pl.Series(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def _json(value: str | float) -> str:
    return json.dumps(value).replace("/", "\\/")
