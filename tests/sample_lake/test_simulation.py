"""The simulated lake must be as large as asked, as odd as the real one, and never half there."""

import json
import resource
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sample_lake.simulation import LakeSpec, LakeSummary, write_lake
from sample_lake.songs import make_catalogue, make_strangers
from tests.variants import often

Row = dict[str, str | int | float | None]

# The real app's fields in their order, and its requests.
EVENT_FIELDS = [
    "artist", "auth", "firstName", "gender", "itemInSession", "lastName", "length", "level", "location", "method",
    "page", "registration", "sessionId", "song", "status", "ts", "userAgent", "userId",
]  # fmt: skip
SONG_FIELDS = [
    "num_songs", "artist_id", "artist_latitude", "artist_longitude", "artist_location", "artist_name", "song_id",
    "title", "duration", "year",
]  # fmt: skip
REQUESTS = {
    ("NextSong", "Logged In", "PUT", 200),
    ("Home", "Logged In", "GET", 200),
    ("Home", "Logged Out", "GET", 200),
    ("Login", "Logged Out", "PUT", 307),
    ("Logout", "Logged In", "PUT", 307),
    ("Upgrade", "Logged In", "GET", 200),
    ("Downgrade", "Logged In", "GET", 200),
    ("Submit Upgrade", "Logged In", "PUT", 307),
    ("Submit Downgrade", "Logged In", "PUT", 307),
    ("Settings", "Logged In", "GET", 200),
    ("Save Settings", "Logged In", "PUT", 307),
    ("Help", "Logged In", "GET", 200),
    ("Help", "Logged Out", "GET", 200),
    ("About", "Logged In", "GET", 200),
    ("About", "Logged Out", "GET", 200),
    ("Error", "Logged In", "GET", 404),
}


@dataclass(frozen=True)
class Lake:
    root: Path
    summary: LakeSummary
    days: dict[str, list[Row]]
    songs: dict[str, Row]

    @property
    def events(self) -> list[Row]:
        return [event for day in self.days.values() for event in day]

    @property
    def plays(self) -> list[Row]:
        return [event for event in self.events if event["page"] == "NextSong"]

    @property
    def sessions(self) -> dict[int, list[Row]]:
        sessions = defaultdict(list)
        for event in self.events:
            sessions[integer(event["sessionId"])].append(event)
        return sessions


def integer(value: str | float | None) -> int:
    assert isinstance(value, int)
    return value


def number(value: str | float | None) -> float:
    assert isinstance(value, float)
    return value


def read(root: Path, summary: LakeSummary) -> Lake:
    days = {
        str(path.relative_to(root)): [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(root.glob("log_data/**/*.json"))
    }
    songs = {
        str(path.relative_to(root)): json.loads(path.read_text()) for path in sorted(root.glob("song_data/**/*.json"))
    }
    return Lake(root, summary, days, songs)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    root = tmp_path_factory.mktemp("simulation") / "lake"
    return read(root, write_lake(root, LakeSpec(events=20_000, songs=500, users=100, days=40)))


@contextmanager
def disk_full_at(size_bytes: int) -> Iterator[None]:
    """Let no file grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# --- size and reproducibility


def test_the_lake_is_exactly_as_large_as_asked_and_the_summary_says_so(lake: Lake) -> None:
    catalogue = {(song["title"], song["artist_name"], song["duration"]) for song in lake.songs.values()}
    known = [play for play in lake.plays if (play["song"], play["artist"], play["length"]) in catalogue]
    assert (len(lake.events), len(lake.songs)) == (20_000, 500)
    assert lake.summary == LakeSummary(
        log_files=len(lake.days),
        song_files=500,
        events=20_000,
        plays=len(lake.plays),
        known_plays=len(known),
        size_bytes=sum(map(len, files(lake.root).values())),
    )


def test_a_specification_always_gives_the_same_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_lake(tmp_path / name, LakeSpec(events=300, songs=20, users=9, days=3, seed=seed))
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert files(tmp_path / "a") != files(tmp_path / "c")


@pytest.mark.parametrize("seed", often(range(5)))
def test_the_smallest_lakes_are_lakes_too(tmp_path: Path, seed: int) -> None:
    lone = read(tmp_path / "1", write_lake(tmp_path / "1", LakeSpec(events=1, songs=1, users=1, days=1, seed=seed)))
    sparse = read(tmp_path / "2", write_lake(tmp_path / "2", LakeSpec(events=3, songs=2, users=1, days=9, seed=seed)))
    assert [len(lone.events), len(lone.songs), len(sparse.events), len(sparse.songs)] == [1, 1, 3, 2]
    assert all(sparse.days.values()), "a day without events has no file"


def test_without_songs_every_play_is_of_an_unknown_song(tmp_path: Path) -> None:
    summary = write_lake(tmp_path / "lake", LakeSpec(events=200, songs=0, users=5, days=2))
    assert (summary.song_files, summary.known_plays, summary.plays > 100) == (0, 0, True)
    assert [path.name for path in (tmp_path / "lake").iterdir()] == ["log_data"]


# --- layout and spelling


def test_a_file_holds_the_events_of_its_utc_day_in_order_and_days_cross_months(lake: Lake) -> None:
    for path, events in lake.days.items():
        moments = [datetime.fromtimestamp(integer(event["ts"]) / 1000, UTC) for event in events]
        assert {f"log_data/{moment:%Y/%m/%Y-%m-%d}-events.json" for moment in moments} == {path}
        assert moments == sorted(moments)
    assert list(lake.days)[0::39] == [
        "log_data/2018/11/2018-11-01-events.json",
        "log_data/2018/12/2018-12-10-events.json",
    ]


def test_a_song_lies_under_the_letters_of_its_track(lake: Lake) -> None:
    for path in lake.songs:
        _, one, two, three, name = path.split("/")
        assert name[:5] == f"TR{one}{two}{three}"


def test_fields_stand_in_the_real_order_with_the_real_types(lake: Lake) -> None:
    assert {tuple(event) for event in lake.events} == {tuple(EVENT_FIELDS)}
    assert {tuple(song) for song in lake.songs.values()} == {tuple(SONG_FIELDS)}
    always: dict[str, type] = {"auth": str, "level": str, "method": str, "page": str, "userId": str}
    always |= dict.fromkeys(("itemInSession", "sessionId", "status", "ts"), int)
    person: dict[str, type] = {"registration": float}
    person |= dict.fromkeys(("firstName", "gender", "lastName", "location", "userAgent"), str)
    song: dict[str, type] = {"artist": str, "length": float, "song": str}
    for event in lake.events:
        expected: dict[str, type] = dict.fromkeys(EVENT_FIELDS, type(None)) | always
        expected |= song if event["page"] == "NextSong" else {}
        expected |= person if event["auth"] == "Logged In" else {}
        assert {name: type(value) for name, value in event.items()} == expected


def test_lines_are_spelled_as_the_real_app_spells_them(lake: Lake) -> None:
    lines = b"".join(content for path, content in files(lake.root).items() if path.startswith("log_data"))
    assert lines.isascii()
    assert lines.count(b"/") == lines.count(b"\\/"), "every slash is escaped"
    assert b'"userAgent":"\\"Mozilla\\/5.0 (' in lines
    assert b'"userAgent":"Mozilla\\/5.0 (' in lines
    assert (
        b'{"artist":null,"auth":"Logged Out","firstName":null,"gender":null,"itemInSession":0,"lastName":null,'
        b'"length":null,"level":"free","location":null,"method":"PUT","page":"Login","registration":null,"sessionId":'
    ) in lines


def test_names_of_many_scripts_survive(lake: Lake) -> None:
    names = {event["firstName"] for event in lake.events} | {event["lastName"] for event in lake.events}
    assert {"Zoë", "Łukasz", "José", "Мария", "翔太", "O'Brien"} <= names
    titles = "".join(str(play["song"]) for play in lake.plays) + "".join(str(s["title"]) for s in lake.songs.values())
    assert set('Éñ夜🎵"\\,/%') <= set(titles)
    assert "\n" not in titles


# --- what people do


@pytest.mark.slow
def test_the_page_mix_is_the_real_one(lake: Lake) -> None:
    shares = {page: count / 20_000 for page, count in Counter(event["page"] for event in lake.events).items()}
    assert 0.82 < shares["NextSong"] < 0.88
    assert 0.08 < shares["Home"] < 0.13
    assert 0.005 < shares["Login"] < 0.02
    assert 0.005 < shares["Logout"] < 0.02
    guests = sum(event["auth"] == "Logged Out" for event in lake.events)
    assert 0.025 < guests / 20_000 < 0.045
    requests = {(event["page"], event["auth"], event["method"], event["status"]) for event in lake.events}
    assert requests == REQUESTS


def test_a_user_id_is_empty_exactly_when_nobody_is_logged_in(lake: Lake) -> None:
    by_auth = defaultdict(set)
    for event in lake.events:
        by_auth[event["auth"]].add(event["userId"])
    assert by_auth["Logged Out"] == {""}
    assert by_auth["Logged In"] <= {str(user_id) for user_id in range(1, 101)}
    assert len(by_auth["Logged In"]) > 90


@pytest.mark.slow
def test_nothing_about_a_user_changes_but_the_level(lake: Lake) -> None:
    facts = ("userId", "firstName", "lastName", "gender", "location", "registration", "userAgent")
    people = {tuple(event[fact] for fact in facts) for event in lake.events if event["userId"]}
    assert len(people) == len({person[0] for person in people})


def test_the_level_follows_the_submit_pages(lake: Lake) -> None:
    after = {"Submit Upgrade": "paid", "Submit Downgrade": "free"}
    before = {"Submit Upgrade": "free", "Upgrade": "free", "Submit Downgrade": "paid", "Downgrade": "paid"}
    levels: dict[object, object] = {}
    changes: Counter[object] = Counter()
    for event in lake.events:
        if user_id := event["userId"]:
            assert event["level"] == levels.get(user_id, event["level"])
            assert event["level"] == before.get(str(event["page"]), event["level"])
            levels[user_id] = after.get(str(event["page"]), event["level"])
            changes[event["page"]] += event["page"] in after
    assert changes["Submit Upgrade"] >= 5
    assert changes["Submit Downgrade"] >= 2


@pytest.mark.slow
def test_sessions_count_their_items_and_belong_to_one_user(lake: Lake) -> None:
    for session in lake.sessions.values():
        times = [integer(event["ts"]) for event in session]
        assert [event["itemInSession"] for event in session] == list(range(len(session)))
        assert all(earlier < later for earlier, later in pairwise(times))
        assert len({event["userId"] for event in session} - {""}) <= 1


@pytest.mark.slow
def test_session_ids_rise_from_1_in_the_order_of_their_first_events(lake: Lake) -> None:
    assert list(lake.sessions) == list(range(1, len(lake.sessions) + 1))


@pytest.mark.slow
def test_a_song_is_over_before_the_next_one_starts(lake: Lake) -> None:
    pairs = [pair for session in lake.sessions.values() for pair in pairwise(session)]
    rests_ms = [
        integer(after["ts"]) - integer(before["ts"]) - number(before["length"]) * 1000
        for before, after in pairs
        if before["page"] == after["page"] == "NextSong"
    ]
    assert min(rests_ms) > -1
    assert max(rests_ms) <= 1000


@pytest.mark.slow
def test_people_listen_at_the_same_time(lake: Lake) -> None:
    switches = sum(one["sessionId"] != two["sessionId"] for day in lake.days.values() for one, two in pairwise(day))
    assert switches > len(lake.sessions)


@pytest.mark.slow
def test_afternoons_and_working_days_are_busy(lake: Lake) -> None:
    moments = [datetime.fromtimestamp(integer(event["ts"]) / 1000, UTC) for event in lake.events]
    hours, weekdays = Counter(m.hour for m in moments), Counter(m.weekday() for m in moments)
    assert sum(hours[hour] for hour in range(13, 19)) > 2 * sum(hours[hour] for hour in range(6))
    assert min(weekdays[day] for day in range(5)) > max(weekdays[5], weekdays[6])


# --- what they listen to


@pytest.mark.slow
def test_three_plays_in_ten_are_of_a_song_in_the_lake(lake: Lake) -> None:
    assert 0.27 < lake.summary.known_plays / lake.summary.plays < 0.33


@pytest.mark.slow
def test_a_play_of_another_recording_of_a_lake_song_differs_only_in_length(lake: Lake) -> None:
    lengths = {(song["title"], song["artist_name"]): song["duration"] for song in lake.songs.values()}
    other_lengths = {
        play["length"] for play in lake.plays if lengths.get((play["song"], play["artist"])) is not None
    } - {song["duration"] for song in lake.songs.values()}
    assert len(other_lengths) > 50


@pytest.mark.slow
def test_a_song_outside_the_lake_never_has_the_duration_of_one_in_it() -> None:
    rng = np.random.default_rng(1)
    catalogue = make_catalogue(rng, 5_000)
    strangers = make_strangers(rng, 20_000, catalogue)
    assert not {song.duration_s for song in catalogue} & {song.duration_s for song in strangers}


@pytest.mark.slow
def test_few_songs_are_hits_and_few_listeners_listen_most(lake: Lake) -> None:
    songs = Counter((play["song"], play["artist"], play["length"]) for play in lake.plays)
    users = Counter(play["userId"] for play in lake.plays)
    assert sum(count for _, count in songs.most_common(len(songs) // 10)) > 0.35 * len(lake.plays)
    assert sum(count for _, count in users.most_common(10)) > 0.3 * len(lake.plays)


@pytest.mark.slow
def test_some_songs_tend_to_follow_one_another(lake: Lake) -> None:
    followers: defaultdict[object, Counter[object]] = defaultdict(Counter)
    for session in lake.sessions.values():
        for before, after in pairwise(event for event in session if event["page"] == "NextSong"):
            followers[before["length"]][after["length"]] += before["length"] != after["length"]
    often = [nexts for nexts in followers.values() if nexts.total() >= 20]
    assert len(often) > 20
    assert sum(nexts.most_common(1)[0][1] for nexts in often) > 0.2 * sum(nexts.total() for nexts in often)


# --- the songs


@pytest.mark.slow
def test_song_ids_look_like_those_of_the_million_song_dataset_and_are_unique(lake: Lake) -> None:
    songs = list(lake.songs.values())
    assert len({str(song["song_id"])[2:7] for song in songs}) == 500
    assert len({path.rpartition("/")[0] for path in lake.songs}) > 300, "the files spread over the folders"
    assert {(str(s["song_id"])[:2], str(s["artist_id"])[:2]) for s in songs} == {("SO", "AR")}
    assert {len(str(song[field])) for song in songs for field in ("song_id", "artist_id")} == {18}


@pytest.mark.slow
def test_songs_lack_what_real_songs_lack(lake: Lake) -> None:
    songs = list(lake.songs.values())
    assert 0.5 < sum(song["year"] == 0 for song in songs) / 500 < 0.7
    assert 0.4 < sum(song["artist_latitude"] is None for song in songs) / 500 < 0.7
    assert 0.25 < sum(song["artist_location"] == "" for song in songs) / 500 < 0.55
    assert all((song["artist_latitude"] is None) == (song["artist_longitude"] is None) for song in songs)


@pytest.mark.slow
def test_durations_have_at_most_five_decimals(lake: Lake) -> None:
    durations = [number(song["duration"]) for song in lake.songs.values()]
    assert durations == [round(duration, 5) for duration in durations]
    assert 30 <= min(durations) < max(durations) <= 600


@pytest.mark.slow
def test_some_recordings_have_two_song_ids(lake: Lake) -> None:
    ids = defaultdict(set)
    for song in lake.songs.values():
        ids[song["title"], song["artist_name"], song["duration"]].add(song["song_id"])
    assert sorted(map(len, ids.values()))[-6:] == [1, 2, 2, 2, 2, 2]


@pytest.mark.slow
def test_some_artists_differ_from_song_to_song(lake: Lake) -> None:
    names = defaultdict(set)
    for song in lake.songs.values():
        names[song["artist_id"]].add(str(song["artist_name"]))
    differing = [sorted(variants, key=len) for variants in names.values() if len(variants) > 1]
    assert 3 <= len(differing) < 30
    assert all(long.startswith(f"{short} feat. ") for short, long in differing)


# --- what is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"events": 0}, "events is 0; it must be 1 or more"),
        ({"songs": -1}, "songs is -1; it must be 0 or more"),
        ({"users": 0}, "users is 0; it must be 1 or more"),
        ({"days": -3}, "days is -3; it must be 1 or more"),
        ({"seed": -1}, "seed is -1; it must be 0 or more"),
    ],
)
def test_an_impossible_specification_is_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        LakeSpec(**options)


@pytest.mark.parametrize("folder", ["log_data", "song_data"])
def test_a_lake_that_is_already_there_is_left_alone(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder / "2018").mkdir(parents=True)
    (tmp_path / folder / "2018" / "a.json").write_text("{}")
    with pytest.raises(FileExistsError) as refusal:
        write_lake(tmp_path, LakeSpec(events=1))
    assert str(refusal.value) == f"{tmp_path / folder} already holds a lake; remove it or choose another folder"
    assert files(tmp_path) == {f"{folder}/2018/a.json": b"{}"}


def test_a_file_is_not_a_folder_for_a_lake(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    with pytest.raises(NotADirectoryError) as refusal:
        write_lake(tmp_path / "lake", LakeSpec(events=1))
    assert str(refusal.value) == f"{tmp_path / 'lake'} is a file; name a folder for the lake"


def test_a_lake_can_move_in_beside_other_files_and_into_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("mine")
    (tmp_path / "log_data").mkdir()
    summary = write_lake(tmp_path, LakeSpec(events=50, songs=3, users=2, days=1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README", "log_data", "song_data"]
    assert len(read(tmp_path, summary).events) == 50


def test_an_interrupted_call_leaves_nothing_that_looks_like_a_lake(tmp_path: Path) -> None:
    with disk_full_at(20_000), pytest.raises(OSError, match="File too large"):
        write_lake(tmp_path / "lake", LakeSpec(events=2_000, songs=5, users=5, days=2))
    assert list((tmp_path / "lake").iterdir()) == []
    assert write_lake(tmp_path / "lake", LakeSpec(events=50, songs=1, users=5, days=2)).events == 50
