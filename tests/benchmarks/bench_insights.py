"""How long the report's questions take, and how often a song that is recommended is played next.

Recommendations are measured by hiding the last 20 % of each user's plays: the hit rate at 10 is the share of users with
a hidden play among the ten songs that `next_songs` names from the plays that are left. Beside it stands plain
popularity, the ten songs played most by all.
"""

import json
import os
import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

import sql
from tasks.simulation import LakeSpec, write_lake
from warehouse import connect, open_warehouse, postgres_server

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / ".cache/bench/insights.json"
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


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables and write them as JSON."""
    quick = "--quick" in arguments
    with _scratch() as folder:
        rates = [_hit_rate("the real lake", REAL_LAKE)] if REAL_LAKE.is_dir() else []
        sample = 10_000 if quick else 100_000
        write_lake(folder / "sample", LakeSpec(events=sample, songs=1_500, users=200))
        rates.append(_hit_rate(f"a sample of {sample:,} events", folder / "sample"))
        events = 20_000 if quick else 1_000_000
        write_lake(folder / "large", LakeSpec(events=events, songs=15_000, users=2_000))
        seconds = _time_report(folder / "large", rounds=1 if quick else 5)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    results = {"hit_rates": [asdict(rate) for rate in rates], "events": events, "seconds": seconds}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    _print(rates, events, seconds)
    return 0


@contextmanager
def _scratch() -> Iterator[Path]:
    """Provide a folder with a warehouse and a Prefect home of its own, gone in the end."""
    folder = Path(tempfile.mkdtemp(prefix="sparkify-bench-"))
    os.environ |= {"SPARKIFY_HOME": str(folder / "home"), "PREFECT_HOME": str(folder / "prefect")}
    os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "180"
    try:
        yield folder
    finally:
        postgres_server.stop(folder / "home")
        shutil.rmtree(folder)


def _load(lake: Path) -> None:
    """Load a lake into the star, in place of what is there."""
    from flows.etl import etl  # noqa: PLC0415 - Prefect reads its settings when it is imported
    from flows.reset import reset  # noqa: PLC0415

    reset()
    etl(events=str(lake / "log_data"), songs=str(lake / "song_data"))


def _hit_rate(name: str, lake: Path) -> HitRate:
    _load(lake)
    with closing(connect()) as connection, connection.cursor() as cursor:
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


def _time_report(lake: Path, rounds: int) -> dict[str, float]:
    """Return the median seconds of each question that the report asks, and of those about one user."""
    from tasks.insights import ASKED, answer  # noqa: PLC0415

    asked = {**ASKED, "recently_played": ("recently_played", USER), "next_songs": ("next_songs", USER)}
    _load(lake)
    with closing(open_warehouse("local").connect(read_only=True)) as connection:
        return {
            key: statistics.median(answer(connection, *question).duration_s for _ in range(rounds))
            for key, question in asked.items()
        }


def _print(rates: Sequence[HitRate], events: int, seconds: dict[str, float]) -> None:
    table = Table("users with a hit at 10", "users", "hidden plays", "next songs", "popular", box=None)
    for rate in rates:
        shares = (f"{rate.next_songs_users / rate.users:.1%}", f"{rate.popular_users / rate.users:.1%}")
        table.add_row(rate.lake, f"{rate.users:,}", f"{rate.hidden_plays:,}", *shares)
    Console(width=120).print(table)
    table = Table(f"question, on {events:,} events", "seconds", box=None)
    for key, duration_s in seconds.items():
        table.add_row(key, f"{duration_s:.2f}")
    asked = sum(duration_s for key, duration_s in seconds.items() if key not in ("recently_played", "next_songs"))
    table.add_row("the whole report", f"{asked:.2f}")
    Console(width=120).print(table)
