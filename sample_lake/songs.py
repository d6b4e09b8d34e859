"""The songs of a simulated lake, in the shape of the Million Song Dataset.

Like the original the catalogue is untidy on purpose: artists whose attributes differ from song to song, the same
recording under two song ids, unknown years and places. A pipeline that survives only tidy songs has not been tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

_ADJECTIVES = (
    "Silent", "Golden", "Électrique", "Broken", "Midnight", "Crazy", "Última", "Blue", "Grüne", "Hollow", "Tiny",
    "Velvet", "Северный", "Lonesome", "Paper", "Wild", "東京", "Neon", "Cold", "Saint",
)  # fmt: skip
_NOUNS = (
    "Rivers", "Santafè", "Hearts", "Machine", "Señoritas", "Wolves", "Parade", "Ærø", "Sunday", "Ghosts", "Ark",
    "Highway", "夜", "Fever", "Garden", "Mirrors", "Свет", "Train", "Orchestra", "Kings",
)  # fmt: skip
_BAND_FORMS = ("The {0} {1}", "{0} {1}", "{1}", "{0} & {1}", "{0}/{1}", "DJ {0}", "{1}; {0} Quartet", "{0} 'n' {1}")
_TITLE_FORMS = (
    "{0} {1}", "{1}", "I Didn't Mean {1}", "{0} {1} (Album Version)", 'Say "{1}"', "{1}, {0}", "{0} {1} [Live]",
    "¿Dónde va {1}?", "AC\\DC {1}", "{1} 🎵", "{0} / {1}", "Pt. 2: {1}", "{0} {1} (feat. {1})", "{1} & {1}",
    "100% {0}",
)  # fmt: skip
_PLACES = (
    ("California - LA", 34.05349, -118.24532),
    ("London, England", 51.50632, -0.12714),
    ("New York, NY [Manhattan]", 40.79086, -73.96644),
    ("Montréal, Québec", 45.51228, -73.55439),
    ("São Paulo, Brasil", -23.56287, -46.65468),
    ("Panama", 8.4177, -80.11278),
    ("Zürich", 47.37706, 8.53955),
    ("Hamilton, Ohio", 39.39944, -84.56133),
)
_ID_LETTERS = 26**5
_ID_STRIDE = 7_654_321  # coprime to 26, so the letters of up to 26**5 ids never repeat
_DURATION_UNITS_PER_S = 100_000
_SHORTEST_S, _TYPICAL_S, _LONGEST_S = 31.0, 235.0, 599.0
_TWIN_EVERY = 100
_GUEST_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist as one song's file describes it."""

    artist_id: str
    name: str
    location: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Song:
    """One song: one file of the lake, or a recording that the lake does not know."""

    track_id: str
    song_id: str
    title: str
    artist: Artist
    duration_s: float
    year: int

    def as_row(self) -> dict[str, str | int | float | None]:
        """Return the song's file as a mapping, in the order of the original's fields."""
        return {
            "num_songs": 1,
            "artist_id": self.artist.artist_id,
            "artist_latitude": self.artist.latitude,
            "artist_longitude": self.artist.longitude,
            "artist_location": self.artist.location,
            "artist_name": self.artist.name,
            "song_id": self.song_id,
            "title": self.title,
            "duration": self.duration_s,
            "year": self.year,
        }


def make_catalogue(rng: np.random.Generator, count: int) -> list[Song]:
    """Return `count` songs, neighbours by the same artist; every hundredth repeats the one before under a new id."""
    artists = _make_artists(rng, max(1, count * 2 // 3))
    owners = np.sort((rng.random(count) ** 1.5 * len(artists)).astype(np.int64)).tolist()
    track_ids, song_ids = _ids(rng, "TR", "128F", count), _ids(rng, "SO", "12A8", count)
    titles, durations_s = _words(rng, _TITLE_FORMS, count), _durations_s(rng, count)
    years = np.where(rng.random(count) < 0.6, 0, rng.integers(1955, 2011, count)).tolist()
    has_guest = (rng.random(count) < _GUEST_SHARE).tolist()
    songs: list[Song] = []
    for number, owner in enumerate(owners):
        artist = _with_guest(artists, owner) if has_guest[number] else artists[owner]
        song = Song(track_ids[number], song_ids[number], titles[number], artist, durations_s[number], years[number])
        if number % _TWIN_EVERY == 1:
            song = replace(songs[-1], track_id=song.track_id, song_id=song.song_id)
        songs.append(song)
    return songs


def make_strangers(rng: np.random.Generator, count: int, catalogue: Sequence[Song]) -> list[Song]:
    """Return `count` songs, none of which equals a song of the catalogue in title, artist name and duration.

    One in ten is another recording of a catalogue song: same title and artist, other duration.
    """
    strangers = make_catalogue(rng, count)
    for number, song in enumerate(catalogue[: count // 10]):
        strangers[number] = replace(strangers[number], title=song.title, artist=song.artist)
    # Durations of the catalogue are even multiples of 1e-5 s; an odd one can never be equal.
    return [replace(song, duration_s=_one_unit_longer(song.duration_s)) for song in strangers]


def _make_artists(rng: np.random.Generator, count: int) -> list[Artist]:
    ids, names = _ids(rng, "AR", "1187", count), _words(rng, _BAND_FORMS, count)
    places = rng.integers(0, len(_PLACES), count).tolist()
    artists = []
    for number, knowledge in enumerate(rng.random(count).tolist()):
        location, latitude, longitude = _PLACES[places[number]]
        if knowledge < 0.55:
            artist = Artist(ids[number], names[number], location if knowledge > 0.4 else "", None, None)
        else:
            artist = Artist(ids[number], names[number], location, latitude, longitude)
        artists.append(artist)
    return artists


def _with_guest(artists: Sequence[Artist], owner: int) -> Artist:
    """Return the artist under a joint name and at no known place, as the original lists duets."""
    guest = artists[(owner + 1) % len(artists)]
    joint_name = f"{artists[owner].name} feat. {guest.name}"
    return replace(artists[owner], name=joint_name, location="", latitude=None, longitude=None)


def _words(rng: np.random.Generator, forms: Sequence[str], count: int) -> list[str]:
    picks = rng.integers(0, 1 << 30, (count, 3)).tolist()
    return [
        forms[form % len(forms)].format(_ADJECTIVES[first % len(_ADJECTIVES)], _NOUNS[second % len(_NOUNS)])
        for form, first, second in picks
    ]


def _durations_s(rng: np.random.Generator, count: int) -> list[float]:
    spread = np.clip(rng.lognormal(np.log(_TYPICAL_S), 0.35, count), _SHORTEST_S, _LONGEST_S)
    even_units = np.rint(spread * _DURATION_UNITS_PER_S / 2).astype(np.int64) * 2
    return [units / _DURATION_UNITS_PER_S for units in even_units.tolist()]


def _one_unit_longer(duration_s: float) -> float:
    return (round(duration_s * _DURATION_UNITS_PER_S) + 1) / _DURATION_UNITS_PER_S


def _ids(rng: np.random.Generator, kind: str, infix: str, count: int) -> list[str]:
    """Return unique ids of 18 characters, such as TRABCEI128F424C983."""
    start = int(rng.integers(0, _ID_LETTERS))
    tails = rng.integers(0, 16**7, count).tolist()
    return [
        f"{kind}{_letters((start + number * _ID_STRIDE) % _ID_LETTERS)}{infix}{tail:07X}"
        for number, tail in enumerate(tails)
    ]


def _letters(number: int) -> str:
    digits = []
    for _ in range(5):
        number, digit = divmod(number, 26)
        digits.append(chr(ord("A") + digit))
    return "".join(reversed(digits))
