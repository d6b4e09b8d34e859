"""How long the report's questions take, and how often a song that is recommended is played next.

Recommendations are measured by hiding the last 20 % of each user's plays: the hit rate at 10 is the share of users with
a hidden play among the ten songs that `next_songs` names from the plays that are left. Beside it stands plain
popularity, the ten songs played most by all.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sql
from sample_lake.simulation import LakeSpec, write_lake
from tests.benchmarks.figures import Figure, Scale
from tests.benchmarks.process import ROOT
from warehouse import connect, open_warehouse

REAL_LAKE = ROOT.parent / "shared/lake"
HIDE = """
    CREATE TEMP TABLE placed AS
    SELECT
        songplays.*,
        ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY start_time, session_id, item_in_session) AS place,
        COUNT(*) OVER (PARTITION BY user_id) AS plays
    FROM songplays;
    CREATE TEMP TABLE hidden AS
    SELECT user_id, song_title, artist_name FROM placed WHERE place > plays - FLOOR(plays * 0.2);
    CREATE TEMP TABLE songplays AS SELECT * FROM placed WHERE place <= plays - FLOOR(plays * 0.2);
    ANALYZE songplays;
"""
POPULAR = """
    SELECT song_title, artist_name FROM songplays GROUP BY song_title, artist_name
    ORDER BY COUNT(*) DESC, song_title, artist_name LIMIT 10
"""
SCAN = "SELECT COUNT(*), SUM(song_duration) FROM songplays"
USER: dict[str, object] = {"user_id": 49, "places": 10}
Song = tuple[object, object]


@dataclass(frozen=True)
class HitRate:
    """How many of the users of a lake have a hidden play among ten recommended songs, and among the ten most played."""

    lake: str
    users: int
    hidden_plays: int
    next_songs_users: int
    popular_users: int


def measure(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Measure recommendations on the real lake and on a sample, and the report's questions on a large one."""
    rates = [_hit_rate("the real lake", REAL_LAKE)] if REAL_LAKE.is_dir() else []
    sample = scale.events // 10
    write_lake(folder / "sample", LakeSpec(events=sample, songs=1_500, users=200))
    rates.append(_hit_rate(f"a sample of {sample:,} events", folder / "sample"))
    yield from (_as_figure(rate) for rate in rates)
    write_lake(folder / "large", LakeSpec(events=scale.events, songs=15_000, users=2_000))
    yield from _time_report(folder / "large", scale)


def _as_figure(rate: HitRate) -> Figure:
    return Figure(
        case=f"users with a hit at 10, {rate.lake}",
        values=(rate.next_songs_users / rate.users * 100,),
        reference="the most popular songs",
        reference_values=(rate.popular_users / rate.users * 100,),
        unit="%",
        note=f"{rate.users:,} users; {rate.hidden_plays:,} hidden plays",
    )


def _load(lake: Path) -> None:
    """Load a lake into the star, in place of what is there."""
    from flows.etl import etl  # noqa: PLC0415 - Prefect reads its settings when it is imported
    from flows.reset import reset  # noqa: PLC0415

    reset()
    etl(events=str(lake / "log_data"), songs=str(lake / "song_data"))


def _hit_rate(name: str, lake: Path) -> HitRate:
    _load(lake)
    with closing(connect(read_only=False)) as connection, connection.cursor() as cursor:
        cursor.execute(HIDE)  # a temporary table comes before the star's own of that name
        cursor.execute("SELECT user_id, song_title, artist_name FROM hidden")
        plays = cursor.fetchall()
        hidden: dict[int, set[Song]] = defaultdict(set)
        for user_id, *song in plays:
            hidden[user_id].add((song[0], song[1]))
        cursor.execute(POPULAR)
        popular: set[Song] = {(title, artist) for title, artist in cursor.fetchall()}
        hits = 0
        for user_id, songs in hidden.items():
            named = sql.fetch(cursor, "insights/next_songs", user_id=user_id, places=10)
            hits += bool(songs & {(row[0], row[1]) for row in named})
    return HitRate(name, len(hidden), len(plays), hits, sum(bool(songs & popular) for songs in hidden.values()))


def _time_report(lake: Path, scale: Scale) -> Iterator[Figure]:
    """Time each question that the report asks, those about one user, and a plain look at every play, in turns."""
    from reports.answers import QUERIES, answer  # noqa: PLC0415

    asked = {**QUERIES, "recently_played": ("recently_played", USER), "next_songs": ("next_songs", USER)}
    seconds: dict[str, list[float]] = {key: [] for key in asked}
    scans: list[float] = []
    _load(lake)
    with closing(open_warehouse("local").connect(read_only=True)) as connection, connection.cursor() as cursor:
        for _ in range(scale.rounds):
            started = time.perf_counter()
            cursor.execute(SCAN)
            scans.append(time.perf_counter() - started)
            for key, question in asked.items():
                seconds[key].append(answer(connection, *question).duration_s)
    report = tuple(sum(part) for part in zip(*(seconds[key] for key in QUERIES), strict=True))
    for key, durations_s in {"the whole report": report, **seconds}.items():
        yield Figure(f"{key}, {scale.events:,} events", tuple(durations_s), "a scan of songplays", tuple(scans))
