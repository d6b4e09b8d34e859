"""The answers of a report: the queries of `sql/insights` that it runs, and their results, each with its SQL."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import sql
from expectations.pages.data_docs_index import SuitePage
from warehouse import WarehouseConnection

WEEK, MONTH, TWO_MONTHS, EVER = 7, 28, 56, 36_500
"""Days that a question looks back. A month is four weeks, so that each weekday counts as often."""
QUERIES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "headline": ("headline", {"days": WEEK}),
    "active_users": ("active_users", {"days": MONTH}),
    "listening_by_hour": ("listening_by_hour", {"days": MONTH}),
    "sessions": ("sessions", {"days": MONTH}),
    "session_sizes": ("session_sizes", {"days": MONTH}),
    "retention": ("retention", {"days": TWO_MONTHS}),
    "sessions_with_errors": ("sessions_with_errors", {"days": MONTH}),
    "top_songs_of_the_day": ("top_songs", {"days": 1, "period": "all", "places": 5}),
    "top_songs_of_the_week": ("top_songs", {"days": WEEK, "period": "all", "places": 10}),
    "top_songs_ever": ("top_songs", {"days": EVER, "period": "all", "places": 10}),
    "top_artists_of_the_week": ("top_artists", {"days": WEEK, "period": "all", "places": 10}),
    "top_artists_ever": ("top_artists", {"days": EVER, "period": "all", "places": 10}),
    "favourite_songs_by_weekday": ("favourite_songs_by_weekday", {"days": MONTH, "places": 1}),
    "favourite_songs_by_level": ("favourite_songs_by_level", {"days": MONTH, "places": 5}),
    "subscription_funnel": ("subscription_funnel", {"days": MONTH}),
    "conversions": ("conversions", {"days": MONTH}),
    "level_changes": ("level_changes", {"days": MONTH, "places": 10}),
    "plays_by_region": ("plays_by_region", {"days": MONTH, "places": 12}),
    "user_agents": ("user_agents", {"days": MONTH, "places": 10}),
    "known_songs": ("known_songs", {"days": MONTH}),
    "last_batch": ("last_batch", {}),
}
"""The queries of the report: a name for each answer, the saved question, and its parameters."""


@dataclass(frozen=True)
class Answer:
    """The result of one query, the SQL with the values in it, and the seconds it took."""

    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    duration_s: float


@dataclass(frozen=True)
class Insights:
    """All that the report shows. An empty star has no answers."""

    warehouse: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    suites: tuple[SuitePage, ...] = ()
    """What each suite found when the last batch was validated, with the URL of its page."""
    data_docs: str = ""
    """The URL of the index of the Data Docs."""
    sample_data: str = ""
    """That the star is of invented data, and how to load others; empty where it is not."""
    region: str | None = None
    """The AWS Region of the warehouse."""

    @property
    def seconds(self) -> float:
        """Return how long the warehouse took for all answers."""
        return sum(answer.duration_s for answer in self.answers.values())


def answer(connection: WarehouseConnection, question: str, parameters: Mapping[str, object]) -> Answer:
    """Run one query of `sql/insights`."""
    [statement] = sql.statements(f"insights/{question}")
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = tuple(tuple(_plain(value) for value in row) for row in cursor.fetchall())
        columns = tuple(column.name for column in cursor.description)
        text = cursor.mogrify(statement, parameters).decode()
    return Answer(text, columns, rows, time.perf_counter() - started)


def _plain(value: object) -> object:
    """Return the whole numbers that SUM gives as integers."""
    return int(value) if isinstance(value, Decimal) and value.is_finite() else value
