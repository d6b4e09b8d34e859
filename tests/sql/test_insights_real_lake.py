"""Each answer about the real lake is the one that pandas computes from its JSON files."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg2.extensions
import pytest

import sql
from flows.etl import etl
from local_redshift.dialect.translation import translate
from tests.sql.test_insights import QUESTIONS
from tests.stages import bare_stages
from tests.state import forget_everything
from tests.variants import often
from warehouse import WarehouseConnection, connect, open_warehouse

Rows = list[tuple[object, ...]]
Frame = Any  # the types of pandas say less than it does
Answer = Callable[..., Rows]
Case = tuple[str, dict[str, object], Answer]
DAYS, PLACES = 28, 12
LATEST_LAST = ["start_time", "session_id", "item_in_session"]
SONG = ["song_title", "artist_name"]


@pytest.fixture(scope="module")
def events(real_lake: Path) -> Frame:
    """The events of the real lake, one a row, as pandas reads them."""
    lines = [line for file in (real_lake / "log_data").rglob("*.json") for line in file.read_text().splitlines()]
    read = pd.DataFrame([json.loads(line) for line in lines])
    return read.assign(at=pd.to_datetime(read["ts"], unit="ms"))


@pytest.fixture(scope="module")
def plays(real_lake: Path, events: Frame) -> Frame:
    """The plays among them, with the song that each is of, where it is known."""
    played = events[events["page"] == "NextSong"]
    songs = pd.DataFrame([json.loads(file.read_text()) for file in (real_lake / "song_data").rglob("*.json")])
    known = played.merge(
        songs, how="left", left_on=["song", "artist", "length"], right_on=["title", "artist_name", "duration"]
    )
    return pd.DataFrame(
        {
            "start_time": pd.to_datetime(known["ts"], unit="ms"),
            "user_id": known["userId"].astype(int),
            "level": known["level"],
            "is_known": known["song_id"].notna(),
            "session_id": known["sessionId"],
            "location": known["location"],
            "user_agent": known["userAgent"],
            "item_in_session": known["itemInSession"],
            "song_title": known["song"],
            "artist_name": known["artist"],
            "song_duration": known["length"],
        }
    ).sort_values(LATEST_LAST, ignore_index=True)


@pytest.fixture(scope="module")
def star(real_lake: Path) -> Iterator[WarehouseConnection]:
    """A connection to a warehouse that holds the real lake."""
    forget_everything()
    with bare_stages():
        etl(events=str(real_lake / "log_data"), songs=str(real_lake / "song_data"))
    with closing(connect(read_only=False)) as connection:
        yield connection


@pytest.fixture(scope="module")
def processes(star: WarehouseConnection) -> Iterator[WarehouseConnection]:
    """A read-only connection to it, for which no table is too small to be read by several processes."""
    with closing(open_warehouse("local").connect(read_only=True)) as connection:
        with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
            cursor.execute("SET min_parallel_table_scan_size TO 0; SET parallel_setup_cost TO 0")
        yield connection


def last_days(plays: Frame, days: int = DAYS) -> Frame:
    first = plays["start_time"].max().normalize() - pd.Timedelta(days=days - 1)
    return plays[plays["start_time"] >= first].assign(first_day=first)


def period_starts(plays: Frame, period: str) -> Frame:
    day = plays["start_time"].dt.normalize()
    if period == "day":
        return day
    if period == "week":
        return day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    return day - pd.to_timedelta(day.dt.day - 1, unit="D") if period == "month" else plays["first_day"]


def best(plays: Frame, group: str, names: list[str]) -> Rows:
    """The most played in each group: the group, the place, the names, the plays."""
    rows: Rows = []
    for key, part in plays.groupby(group):
        counts = part.groupby(names).size().reset_index(name="plays")
        counts = counts.sort_values(["plays", *names], ascending=[False, *(True for _ in names)]).head(PLACES)
        rows += [(key, place, *row) for place, row in enumerate(counts.itertuples(index=False, name=None), 1)]
    return rows


def most_played(names: list[str], period: str) -> Answer:
    def answer(plays: Frame) -> Rows:
        recent = last_days(plays)
        return best(recent.assign(group=period_starts(recent, period)), "group", names)

    return answer


def weekday(plays: Frame) -> Frame:
    return (plays["start_time"].dt.day_of_week + 1) % 7


def by_weekday(plays: Frame) -> Rows:
    recent = last_days(plays)
    return from_monday(best(recent.assign(group=weekday(recent)), "group", SONG))


def from_monday(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: row[0] == 0)


def by_level(plays: Frame) -> Rows:
    return best(last_days(plays), "level", SONG)


def recently_played(user_id: int) -> Answer:
    def answer(plays: Frame) -> Rows:
        latest = plays[plays["user_id"] == user_id].iloc[::-1].head(PLACES).assign(year=None)
        return tuples(latest[["start_time", *SONG, "year", "level", "session_id"]])

    return answer


def by_hour(plays: Frame) -> Rows:
    recent = last_days(plays)
    hours = recent.groupby([weekday(recent), recent["start_time"].dt.hour.rename("hour")]).size()
    return from_monday(tuples(hours.reset_index()))


def sessions(plays: Frame) -> Rows:
    recent = last_days(plays)
    ends_at = recent["start_time"] + pd.to_timedelta(recent["song_duration"], unit="s")
    grouped = recent.assign(ends_at=ends_at).groupby("session_id")
    each = grouped.agg(songs=("user_id", "size"), starts_at=("start_time", "min"), ends_at=("ends_at", "max"))
    seconds = each["ends_at"].dt.floor("s") - each["starts_at"].dt.floor("s")
    each = each.assign(minutes=seconds.dt.total_seconds() / 60, day=each["starts_at"].dt.normalize())
    return tuples(
        each.groupby("day")
        .agg(n=("songs", "size"), songs=("songs", "sum"), mean=("songs", "mean"), median=("minutes", "median"))
        .reset_index()
    )


def session_sizes(plays: Frame) -> Rows:
    sizes = last_days(plays).groupby("session_id").size()
    least = pd.cut(sizes, [0, 1, 4, 9, 19, 49, 10**6], labels=[1, 2, 5, 10, 20, 50]).astype(int)
    return tuples(sizes.groupby(least).agg(["size", "sum"]).reset_index())


def active_users(plays: Frame) -> Rows:
    rows: Rows = []
    for period in ("day", "month", "week"):
        starts = period_starts(plays, period)
        first_of_user = starts.groupby(plays["user_id"]).transform("min")
        first = period_starts(last_days(plays), period).min()
        for start in sorted(set(starts[starts >= first])):
            active = set(plays["user_id"][starts == start])
            new = set(plays["user_id"][(starts == start) & (first_of_user == start)])
            rows.append((period, start, len(active), len(new), len(active - new)))
    return rows


def retention(plays: Frame) -> Rows:
    """The share of each week's new listeners who played in each week from then on."""
    users_by_week = plays.groupby(period_starts(plays, "week"))["user_id"].agg(set)
    rows: Rows = []
    known: set[int] = set()
    for first_week, users in users_by_week.items():
        new, known = users - known, known | users
        for week, active in users_by_week.loc[first_week:].items():
            stayed = len(new & active)
            rows.append((first_week, (week - first_week).days // 7, len(new), stayed, stayed / len(new)))
    return rows


def last_days_of_events(plays: Frame, events: Frame) -> Frame:
    return events[events["at"] >= last_days(plays)["first_day"].iloc[0]]


def level_changes(plays: Frame, events: Frame) -> Rows:
    """The pages of subscription that users were shown, and the plays before each."""
    recent = last_days_of_events(plays, events)
    shown = recent[recent["page"].isin(["Submit Upgrade", "Submit Downgrade"])]
    rows: Rows = []
    for _, change in shown.iterrows():
        user_id, at = int(change["userId"]), change["at"]
        before = plays[(plays["user_id"] == user_id) & (plays["start_time"] < at)]
        levels = ("free", "paid") if change["page"] == "Submit Upgrade" else ("paid", "free")
        recent = before[before["start_time"] >= at - pd.Timedelta(days=7)]
        days = (at.normalize() - before["start_time"].min().normalize()).days
        counts = (len(before), before["session_id"].nunique(), len(recent), days)
        rows.append((at, user_id, *levels, *counts, *(before.iloc[-1][name] for name in SONG)))
    return sorted(rows, key=str, reverse=True)


def latest_changes(plays: Frame, events: Frame) -> Rows:
    return level_changes(plays, events)[:PLACES]


def sessions_with_errors(plays: Frame, events: Frame) -> Rows:
    grouped = last_days_of_events(plays, events).groupby("sessionId")
    each = grouped.agg(at=("at", "min"), worst=("status", "max"))
    met = (each["worst"] >= 400).groupby(each["at"].dt.normalize())
    return tuples(met.agg(["size", "sum", "mean"]).reset_index())


def subscription_funnel(plays: Frame, events: Frame) -> Rows:
    recent = last_days_of_events(plays, events)
    rows: Rows = []
    for page, levels in (("Upgrade", ("free", "paid")), ("Downgrade", ("paid", "free"))):
        shown = recent[recent["page"] == page].groupby("sessionId")["at"].min()
        submits = recent[recent["page"] == f"Submit {page}"]
        after = submits[submits["at"] >= submits["sessionId"].map(shown)]
        submitted = after["sessionId"].nunique()
        rows.append((*levels, len(shown), submitted, submitted / len(shown)))
    return rows


def pages_by_day(plays: Frame, events: Frame) -> Rows:
    recent = last_days_of_events(plays, events)
    shown = recent.assign(day=recent["at"].dt.normalize())
    rows: Rows = []
    for day, those in shown.groupby("day"):
        sessions, pages = those["sessionId"].nunique(), len(those)
        plays_of_day = int((those["page"] == "NextSong").sum())
        errors, logins = int((those["status"] >= 400).sum()), int((those["page"] == "Login").sum())
        rows.append((day, sessions, pages, plays_of_day, pages / sessions, errors, logins))
    return rows


def conversions(plays: Frame, events: Frame) -> Rows:
    each = pd.DataFrame(
        [(r[2], r[3], r[1], r[4], r[7]) for r in level_changes(plays, events)],
        columns=["before", "level", "user", "n", "days"],
    )
    grouped = each.groupby(["before", "level"])
    return tuples(
        grouped.agg(
            changes=("user", "size"), users=("user", "nunique"), plays=("n", "mean"), days=("days", "mean")
        ).reset_index()
    )


def shares(plays: Frame, names: list[str]) -> Rows:
    counts = plays.groupby(names).agg(plays=("user_id", "size"), listeners=("user_id", "nunique")).reset_index()
    counts["share"] = counts["plays"] / counts["plays"].sum()
    order = counts.sort_values(["plays", *names], ascending=[False, *(True for _ in names)])
    return tuples(order.head(PLACES))


def regions(plays: Frame) -> Rows:
    recent = last_days(plays)
    return shares(recent.assign(region=recent["location"].str.extract(r", ([A-Z]+)")[0]), ["region"])


def agents(plays: Frame) -> Rows:
    recent = last_days(plays)
    browser = recent["user_agent"].str.extract(r"(Firefox|Chrome|Trident|MSIE|Safari)")[0]
    platform = recent["user_agent"].str.extract(r"(iPhone|iPad|Windows|Macintosh|Linux)")[0]
    names = {"Trident": "Internet Explorer", "MSIE": "Internet Explorer", "Macintosh": "Mac"}
    return shares(
        recent.assign(browser=browser.replace(names), platform=platform.replace(names)), ["browser", "platform"]
    )


def known_songs(plays: Frame) -> Rows:
    recent = last_days(plays)
    days = recent.groupby(recent["start_time"].dt.normalize())["is_known"].agg(["size", "sum", "mean"])
    return tuples(days.reset_index())


def headline(plays: Frame) -> Rows:
    current = last_days(plays, 7)
    before = last_days(plays, 14)
    rows: Rows = []
    for name, part in (("current", current), ("previous", before.drop(current.index))):
        n_sessions = part["session_id"].nunique()
        earlier = plays[plays["start_time"] < part["start_time"].min()]
        new = set(part["user_id"]) - set(earlier["user_id"])
        hours = part["song_duration"].sum() / 3600
        paid, known = (part["level"] == "paid").mean(), part["is_known"].mean()
        listeners = part["user_id"].nunique()
        rows.append((name, len(part), listeners, len(new), n_sessions, len(part) / n_sessions, hours, paid, known))
    return rows


def next_songs(user_id: int) -> Answer:
    def answer(plays: Frame) -> Rows:
        played = [tuple(row) for row in plays[plays["user_id"] == user_id][SONG].to_numpy()]
        recent, artists = set(played[-20:]), {artist for _, artist in played}
        followed: Counter[tuple[str, str]] = Counter()
        for _, session in plays[plays["user_id"] != user_id].groupby("session_id"):
            items = [(row.item_in_session, (row.song_title, row.artist_name)) for row in session.itertuples()]
            followed.update(
                later for at, earlier in items if earlier in recent for item, later in items if at < item <= at + 5
            )
        rows = []
        for song, count in plays.groupby(SONG).size().items():
            because = "follows" if followed[song] else "artist" if song[1] in artists else "popular"
            score = followed[song] + 10_000 * count / len(plays) * (1.5 if song[1] in artists else 1)
            rows.append((-score, -count, *song, because))
        ranked = sorted(row for row in rows if row[2:4] not in recent)
        return [(title, artist, because, -score) for score, _, title, artist, because in ranked[:PLACES]]

    return answer


def last_batch(plays: Frame) -> Rows:
    return [(1, None, 8056, 71, plays["start_time"].max(), len(plays), 97, 71, 69, 101, 0, 0)]


def each(question: str, name: str, answer: Callable[..., Answer], *values: object) -> list[Case]:
    return [(question, {name: value}, answer(value)) for value in values]


OF_EVENTS = (latest_changes, conversions, pages_by_day, sessions_with_errors, subscription_funnel)
"""The answers that other pages than plays are needed for."""


def computed(answer: Answer, plays: Frame, events: Frame) -> Rows:
    """Return the answer as pandas has it."""
    return comparable(answer(plays, events) if answer in OF_EVENTS else answer(plays))


CASES: list[Case] = [
    *each("top_songs", "period", lambda period: most_played(SONG, period), "day", "week", "all"),
    *each("top_artists", "period", lambda period: most_played(["artist_name"], period), "day", "week", "all"),
    ("favourite_songs_by_weekday", {}, by_weekday),
    ("favourite_songs_by_level", {}, by_level),
    ("recently_played", {"user_id": 49}, recently_played(49)),
    ("listening_by_hour", {}, by_hour),
    ("sessions", {}, sessions),
    ("session_sizes", {}, session_sizes),
    ("active_users", {}, active_users),
    ("level_changes", {}, latest_changes),
    ("conversions", {}, conversions),
    ("plays_by_region", {}, regions),
    ("user_agents", {}, agents),
    ("pages_by_day", {}, pages_by_day),
    ("sessions_with_errors", {}, sessions_with_errors),
    ("retention", {}, retention),
    ("subscription_funnel", {}, subscription_funnel),
    ("known_songs", {}, known_songs),
    ("headline", {"days": 7}, headline),
    *each("next_songs", "user_id", next_songs, 49, 15, 2),
    ("last_batch", {}, last_batch),
]


def tuples(frame: Frame) -> Rows:
    return [tuple(row) for row in frame.itertuples(index=False, name=None)]


def comparable(rows: Rows) -> Rows:
    """Return numbers as floats of nine digits, and moments as datetimes."""

    def plain(value: object) -> object:
        if isinstance(value, pd.Timestamp):
            return value.to_pydatetime()
        return float(f"{value:.9g}") if isinstance(value, int | float | Decimal) else value

    return [tuple(plain(value.item() if hasattr(value, "item") else value) for value in row) for row in rows]


@pytest.mark.parametrize(
    ("question", "parameters", "answer"),
    often(CASES, [case for case in CASES if case[1] not in ({"user_id": 15}, {"user_id": 2})], pytest.mark.slow),
)
def test_the_star_says_what_the_files_say(
    star: WarehouseConnection, plays: Frame, events: Frame, question: str, parameters: dict[str, object], answer: Answer
) -> None:
    with star.cursor() as cursor:
        found = sql.fetch(cursor, f"insights/{question}", **{"days": DAYS, "places": PLACES, **parameters})
    if question == "last_batch":
        found = [(*found[0][:1], None, *found[0][2:])]
    assert comparable(found) == computed(answer, plays, events)


def test_every_question_is_tested() -> None:
    assert sorted({question for question, _, _ in CASES}) == QUESTIONS


@pytest.mark.parametrize(
    ("question", "parameters", "answer"),
    [
        case if case[0] == "headline" else pytest.param(*case, marks=pytest.mark.long)
        for case in CASES
        if case[0] != "last_batch"
    ],
)
def test_several_processes_say_the_same(
    processes: WarehouseConnection,
    plays: Frame,
    events: Frame,
    question: str,
    parameters: dict[str, object],
    answer: Answer,
) -> None:
    values = {"days": DAYS, "places": PLACES, **parameters}
    [statement] = sql.statements(f"insights/{question}")
    with processes.cursor() as cursor:
        found = sql.fetch(cursor, f"insights/{question}", **values)
        [translated] = translate(cursor.mogrify(statement, values).decode())
    with processes.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute(f"EXPLAIN {translated}")
        plan = "\n".join(line for [line] in cursor.fetchall())
    assert "Workers Planned: 1" in plan
    assert comparable(found) == computed(answer, plays, events)
