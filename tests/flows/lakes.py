"""What flows are tested on: small lakes that a test writes, and the star that comes of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.state import fetch

STAR_COLUMNS = {
    "users": "user_id, first_name, last_name, gender, level, last_event_at, last_session_id, last_item_in_session",
    "artists": "artist_id, name, location, latitude, longitude",
    "songs": "song_id, title, artist_id, year, duration, artist_name",
    "time": "start_time, hour, day, week, month, year, weekday",
    "songplays": (
        "songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent, "
        "item_in_session, song_title, artist_name, song_duration"
    ),
}
"""Every column of the star but batch_id, which tells how rows came, not what they are."""

Star = dict[str, list[tuple[object, ...]]]


def read_star() -> Star:
    """Read all rows of the star, in the order of their keys."""
    return {table: fetch(f"SELECT {columns} FROM {table} ORDER BY 1") for table, columns in STAR_COLUMNS.items()}


EVENT = {
    "artist": "Pavement", "auth": "Logged In", "firstName": "Sylvie", "gender": "F", "itemInSession": 0,
    "lastName": "Cruz", "length": 99.16036, "level": "free", "location": "Washington, DC", "method": "PUT",
    "page": "NextSong", "registration": 1540266185796.0, "sessionId": 345, "song": "Mercy:The Laundromat",
    "status": 200, "ts": 1541990258796, "userAgent": "\"Mozilla/5.0\"", "userId": "10",
}  # fmt: skip
SONG = {
    "num_songs": 1, "artist_id": "ARD7TVE1187B99BFB1", "artist_latitude": None, "artist_longitude": None,
    "artist_location": "California - LA", "artist_name": "Pavement", "song_id": "SOMZWCG12A8C13C480",
    "title": "Mercy:The Laundromat", "duration": 99.16036, "year": 1992,
}  # fmt: skip


@dataclass(frozen=True)
class Lake:
    """A small lake that a test writes file by file."""

    folder: Path

    @property
    def events(self) -> str:
        """Where its logs lie."""
        return str(self.folder / "log_data")

    @property
    def songs(self) -> str:
        """Where its songs lie."""
        return str(self.folder / "song_data")

    @property
    def there(self) -> dict[str, Any]:
        """Where its datasets lie that have a file, by name, as a run takes them."""
        places = {"events": self.events, "songs": self.songs}
        return {dataset: place for dataset, place in places.items() if Path(place).is_dir()}

    def log(self, day: str, *events: Mapping[str, object] | str) -> Path:
        """Write one daily log: each event is what differs from EVENT, or the line itself."""
        lines = [line if isinstance(line, str) else json.dumps({**EVENT, **line}) for line in events]
        return _write(self.path("events", day), lines)

    def song(self, name: str, change: Mapping[str, object] | str) -> Path:
        """Write one song file: what differs from SONG, or the text itself."""
        text = change if isinstance(change, str) else json.dumps({**SONG, **change})
        return _write(self.path("songs", name), [text])

    def path(self, dataset: str, name: str) -> Path:
        """Return where the file of a day or a song is."""
        is_log = dataset == "events"
        return Path(self.events) / f"{name}-events.json" if is_log else Path(self.songs) / f"{name}.json"


def _write(path: Path, lines: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
