"""A synthetic lake: the logs and songs of an invented Sparkify app, in the layout and the spelling of the real ones.

It exists so that everything else can be tried without AWS, at any size. The same specification always gives the same
bytes. It refuses to write where a lake already is, because two mixed lakes share session ids; and a lake appears under
its name only when all of it is written.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from lake.locations import require_no_lake
from sample_lake.days import Cast, Day, simulate_days
from sample_lake.lines import Fragments, write_lines
from sample_lake.songs import Song, make_catalogue, make_strangers
from sample_lake.users import make_users

_FIRST_DAY = datetime(2018, 11, 1, tzinfo=UTC)
FOLDERS = ("song_data", "log_data")
_STRANGERS = 5_000  # distinct songs that are played without being in the lake


@dataclass(frozen=True, slots=True)
class LakeSpec:
    """What to simulate: events over all days, songs in the lake, registered users, days from 2018-11-01.

    Raises:
        ValueError: an option is below its least value.
    """

    events: int = 10_000
    songs: int = 500
    users: int = 100
    days: int = 30
    seed: int = 1

    def __post_init__(self) -> None:
        for option, least in (("events", 1), ("songs", 0), ("users", 1), ("days", 1), ("seed", 0)):
            value: int = getattr(self, option)
            if value < least:
                raise ValueError(f"{option} is {value}; it must be {least} or more")


@dataclass(frozen=True, slots=True)
class LakeSummary:
    """What was written; `known_plays` are the plays of a song that is in the lake."""

    log_files: int
    song_files: int
    events: int
    plays: int
    known_plays: int
    size_bytes: int


def write_lake(out: Path, spec: LakeSpec) -> LakeSummary:
    """Write `log_data/` and `song_data/` under `out`; days without events and lakes without songs leave no files.

    An interrupted call leaves at most a hidden `.partial-` folder in `out`.

    Raises:
        FileExistsError: `out` already holds a lake.
        NotADirectoryError: `out` is a file.
    """
    require_no_lake(out, FOLDERS)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".partial-") as partial:
        summary = _write(Path(partial), spec)
        # The logs go last: songs without logs are not mistaken for a lake.
        for folder in FOLDERS:
            if (Path(partial) / folder).exists():
                (Path(partial) / folder).replace(out / folder)
    return summary


def _write(root: Path, spec: LakeSpec) -> LakeSummary:
    rng = np.random.default_rng(spec.seed)
    users = make_users(rng, spec.users, _epoch_ms(_FIRST_DAY))
    catalogue = make_catalogue(rng, spec.songs)
    strangers = make_strangers(rng, _STRANGERS, catalogue)
    size_bytes = sum(_write_song(root / "song_data", song) for song in catalogue)
    songs = [*catalogue, *strangers]
    song_ms = np.array([0, *(int(song.duration_s * 1000) for song in songs)])
    cast = Cast(len(users), len(catalogue), len(strangers), song_ms)
    fragments = Fragments(users, songs)
    log_files = plays = known_plays = 0
    for day in simulate_days(rng, cast, spec.events, spec.days):
        size_bytes += _write_day(root / "log_data", day, fragments)
        log_files += 1
        plays += int((day.song > 0).sum())
        known_plays += int(((day.song > 0) & (day.song <= len(catalogue))).sum())
    return LakeSummary(log_files, len(catalogue), spec.events, plays, known_plays, size_bytes)


def _write_song(folder: Path, song: Song) -> int:
    """Write one song file and return its size in bytes."""
    path = folder / song.track_id[2] / song.track_id[3] / song.track_id[4] / f"{song.track_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_text(json.dumps(song.as_row()), encoding="ascii")


def _write_day(root: Path, day: Day, fragments: Fragments) -> int:
    """Write the log file of one day and return its size in bytes."""
    date = _FIRST_DAY + timedelta(days=day.number)
    path = root / f"{date:%Y}" / f"{date:%m}" / f"{date:%Y-%m-%d}-events.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_lines(path, day, fragments, _epoch_ms(date))


def _epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
